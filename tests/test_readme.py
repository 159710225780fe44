"""What the README shows works as it is shown."""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest
import yaml

import scenarios
import servers
from harness.matrix.catalog import read_facts, scenario_catalog, server_catalog
from harness.matrix.planner import make_plan
from harness.matrix.reference import write_matrix_reference, write_scenario_reference
from harness.model.flags import Flag
from servers.adapter import Settings

ROOT = Path(__file__).parents[1]
DOCS = sorted((ROOT / "docs").glob("*.md"))
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@contextmanager
def added(package: ModuleType, name: str, content: str, folder: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Add a file to a package of the catalog for a while."""
    (folder / f"{name}.py").write_text(content)
    patch.setattr(package, "__path__", [*package.__path__, str(folder)])
    server_catalog.cache_clear()
    scenario_catalog.cache_clear()
    read_facts.cache_clear()
    yield
    sys.modules.pop(f"{package.__name__}.{name}", None)
    server_catalog.cache_clear()
    scenario_catalog.cache_clear()
    read_facts.cache_clear()


def test_the_server_of_the_readme_is_found_and_can_be_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = (block for block in blocks("python") if "Server(" in block)
    with added(servers, "fastserve", example, tmp_path, monkeypatch):
        server = server_catalog()["fastserve"]
        assert server.argv(Settings("a:b", 8000, 1, "uvloop"))[:3] == ["-m", "fastserve", "a:b"]
        assert server.refusal(2, "uvloop") == "fastserve runs one process only, not 2 workers"


def test_the_scenario_of_the_readme_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = (block for block in blocks("python") if "Scenario(" in block)
    with added(scenarios, "square", example, tmp_path, monkeypatch):
        assert list(scenario_catalog()["square"].styles) == ["def"]


def test_the_yaml_of_the_readme_is_a_good_part_of_a_matrix(tmp_path: Path) -> None:
    (judged, varied) = blocks("yaml")
    matrix = tmp_path / "matrix.yaml"
    axes = "server: [uvicorn, granian], thread_limit: 40, style: [def, async], concurrency: [1, 20, 41]"
    matrix.write_text(f"scenario: sleep\nmatrix: {{{axes}}}\n{judged}")
    plan = make_plan(matrix)
    assert (plan.min_blocks, plan.blocks, len(plan.controls), len(plan.thresholds)) == (7, 30, 3, 5)
    assert len(plan.comparisons) == 2 + 3

    matrix.write_text(
        f"scenario: sleep\nmatrix: {{server: uvicorn-h11, style: def, concurrency: [1, 20, 41]}}\n{varied}"
    )
    profile = next(iter(yaml.safe_load(varied)["profiles"]))
    assert len(make_plan(matrix, profile).cells) == 2


def test_every_command_line_of_the_readme_is_one_of_the_two_commands() -> None:
    assert [block.strip() for block in blocks("sh")] == [
        "python -m pip install nox && python -m nox -s matrix",
        "python -m pip install nox && python -m nox -s tests",
    ]


def test_every_relative_link_of_the_top_documents_leads_somewhere() -> None:
    for name in (
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")),
    ):
        for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / name).read_text()):
            assert ((ROOT / name).parent / target).exists(), f"{name} links to {target}"


@pytest.mark.parametrize(
    ("page", "write"), [("matrix", write_matrix_reference), ("scenarios", write_scenario_reference)]
)
def test_reference_pages_are_those_of_this_code(page: str, write: Callable[[], str]) -> None:
    assert (ROOT / f"docs/{page}.md").read_text() == write(), f"python -m harness schema writes docs/{page}.md again"


def test_every_flag_is_explained() -> None:
    explained = re.findall(r"^### (.*)$", (ROOT / "docs/reading-a-report.md").read_text(), re.MULTILINE)
    assert {name for heading in explained for name in re.findall("`(.*?)`", heading)} == {*Flag}


def test_the_readme_is_short_enough_to_be_read() -> None:
    assert len(README.split()) <= 1_500


def test_the_verdict_of_the_readme_is_that_of_the_report_it_leads_to() -> None:
    (report,) = set(re.findall(r"\(?(reports/\d\w+-default/README.md)\)", README.partition("## Run it")[0]))
    published = (ROOT / report).read_text().splitlines()
    quoted = [line.removeprefix("> ") for line in README.splitlines() if line.startswith("> ")]
    assert quoted
    assert [line for line in published if line in quoted] == quoted
