"""Write the reference pages of docs/ from what they describe: the keys of matrix.yaml, and the scenarios."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from harness.matrix.catalog import scenario_catalog, server_catalog
from harness.matrix.schema import json_schema
from harness.model.axes import format_delay
from harness.model.metrics import METRICS
from scenarios.kit import Parameter, Scenario

_GENERATED = "<!-- Generated: python -m harness schema --format {} > docs/{}.md -->"
_RULES = (
    "Combinations follow the rules of GitHub's matrix: the product of all axes, less `exclude`, plus `include`. A file "
    "is read strictly: every problem is reported at once, with its line, its column and the nearest known name."
)


def write_matrix_reference() -> str:
    """Return docs/matrix.md: every key and axis of the matrix file, with its default and an example."""
    schema = json_schema()
    axes, keys = schema["$defs"]["Matrix"]["properties"], schema["properties"]
    servers = ", ".join(f"`{name}`" for name in server_catalog())
    parts = [
        _GENERATED.format("reference", "matrix"),
        "# Reference: matrix.yaml",
        _RULES,
        "## Keys",
        _table(keys),
        "## Axes, under `matrix`",
        f"An axis takes one value or a list. Servers: {servers}.",
        _table(axes),
        "## Metrics, under `compare`",
        "Less is better. `metric: [time, cpu]` compares each pair twice. All verdicts share the 5% that may be missed.",
        "\n".join(["| metric | meaning | unit |", "|---|---|---|", *_metric_rows()]),
    ]
    return "\n\n".join(parts) + "\n"


def write_scenario_reference() -> str:
    """Return docs/scenarios.md: what each scenario shows, its settings and styles, and the questions it answers."""
    opening = (
        "A scenario is a kind of work; its styles are the ways to write it. What a scenario needs is installed by "
        "`nox -s matrix`; without it, its cells are *unsupported*. PostgreSQL is a private one from PyPI, started in a "
        "temporary folder, unless `DATABASE_URL` or the key `database` names yours. "
        "[Your own app](your-own-app.md) can take the place of a scenario."
    )
    described = (part for name, scenario in scenario_catalog().items() for part in _describe(name, scenario))
    return "\n\n".join([_GENERATED.format("scenarios", "scenarios"), "# Scenarios", opening, *described]) + "\n"


def _table(properties: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [
        f"| `{name}` | {described['description']} | {_write_default(described)} | {_write_example(name, described)} |"
        for name, described in properties.items()
    ]
    return "\n".join(["| key | meaning | default | example |", "|---|---|---|---|", *rows])


def _write_default(described: Mapping[str, Any]) -> str:
    default = described.get("default")
    return "" if default in (None, [], {}) else f"`{json.dumps(default) if default is True else default}`"


def _write_example(name: str, described: Mapping[str, Any]) -> str:
    for example in described.get("examples", ()):
        written = yaml.safe_dump({name: example}, default_flow_style=True, width=10_000, sort_keys=False)
        return f"`{written.strip().removeprefix('{').removesuffix('}')}`".replace("|", "\\|")
    return ""


def _metric_rows() -> Iterator[str]:
    for metric in METRICS.values():
        yield f"| `{metric.name}` | {metric.description[0].upper()}{metric.description[1:]}. | {metric.unit} |"


def _describe(name: str, scenario: Scenario) -> Iterator[str]:
    yield f"## `{name}`"
    yield scenario.shows
    if scenario.parameters:
        yield "\n".join(f"- `{each.name}`: {each.says} Default: {_write_value(each)}." for each in scenario.parameters)
    yield "\n".join(["| style | what it does | its model |", "|---|---|---|", *_style_rows(scenario)])
    if scenario.reports:
        yield "Asked by users: " + " · ".join(f"[{question}]({url})" for question, url in scenario.reports.items())


def _style_rows(scenario: Scenario) -> Iterator[str]:
    for name, style in scenario.styles.items():
        model = " ".join((style.model.__doc__ or "").partition("\n\n")[0].split()) if style.model else "none"
        yield f"| `{name}` | {style.says} | {model} |"


def _write_value(parameter: Parameter) -> str:
    if parameter.unit == "s":
        return format_delay(parameter.default)
    unit = "" if parameter.unit == parameter.name else f" {parameter.unit}"
    return f"{parameter.default:,.0f}{unit}"
