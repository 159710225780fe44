"""The JSON Schema agrees with the reader, as far as a schema can."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from harness.matrix.schema import json_schema, schema_text
from tests.unit.matrix.test_planner import FULL, PROFILES, STEADY
from tests.unit.matrix.test_refusals import ONE_VALUE
from tests.unit.matrix.written import GOOD, JUDGED, OPEN_LOOP, plan_of

ROOT = Path(__file__).parents[3]

UNSEEN = (
    *("seed: 1", "deadline: 61m", "practical_difference: 0%", "executor: !", "baseline: {server: daphne"),
    *("servers: {uvicorn:", "servers: {a: {server: uvicorn, env: {A=B", "thresholds: {kne", "thresholds: {'"),
    *("baseline: {rate", "executor: closed-loop\nduration: 99ms", "duration: 5s", "warmup: 1s", "executor: poisson"),
    *("blocks: {min: 7", "blocks: {min: 6, max: 30}", "compare: []", "<<:", "[a]", "1: 2"),
    *("servers: {all", "servers: {baseline", "servers: {'a (A/A)'"),
)
"""Beginnings of lines that are wrong in a way that a schema does not see."""

validator = Draft202012Validator(json_schema())


def test_the_committed_schema_is_current() -> None:
    is_current = (ROOT / "harness/matrix/schema.json").read_text(encoding="utf-8") == schema_text()
    assert is_current, "write it again: python -m harness schema > harness/matrix/schema.json"


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize(
    "text", [GOOD, OPEN_LOOP, FULL, PROFILES, STEADY, JUDGED, (ROOT / "matrix.yaml").read_text(encoding="utf-8")]
)
def test_what_the_reader_accepts_the_schema_accepts(tmp_path: Path, text: str) -> None:
    plan_of(tmp_path, text)
    assert [error.message for error in validator.iter_errors(yaml.safe_load(text))] == []


@pytest.mark.parametrize("line", [line for line in ONE_VALUE if not line.startswith(UNSEEN)])
def test_what_the_reader_refuses_the_schema_refuses(line: str) -> None:
    assert not validator.is_valid(yaml.safe_load(f"{line}\n{GOOD}"))


def test_every_key_is_described() -> None:
    described = [*_properties(json_schema())]
    assert len(described) > 40
    assert [name for name, held in described if not held.get("description")] == []


def _properties(held: Any) -> list[tuple[str, dict[str, Any]]]:
    """Every property of a schema and of the schemas within."""
    if isinstance(held, list):
        return [found for item in held for found in _properties(item)]
    if not isinstance(held, dict):
        return []
    properties = held.get("properties", {})
    return [*properties.items(), *(found for value in held.values() for found in _properties(value))]
