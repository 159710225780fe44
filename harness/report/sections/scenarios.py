"""The scenarios: what each shows, its parameters and styles, and the questions of users that it answers."""

from collections.abc import Iterator, Sequence

from harness.analysis.findings import CellFinding, Findings
from harness.model.axes import format_delay
from harness.model.scenarios import ParameterFacts, ScenarioFacts, StyleFacts
from harness.report.sentences import upstream
from harness.report.wording import OWN_APP
from harness.report.writing.conditions import group_by_conditions, run_axes
from harness.report.writing.markdown import bullets, code, details, jump, outward, prose, table, text

Chapter = tuple[list[str], list[CellFinding]]
"""The text above the tables of some cells, and these cells."""

_STYLES = "What each style does, and what its model expects"
_HEADERS = ("style", "what it does", "its model")
_NO_MODEL = "no model"


def section(findings: Findings) -> str | None:
    """Return all scenarios without their figures; None without any scenario."""
    if not findings.scenarios:
        return None
    parts = ["## Scenarios"]
    for scenario in findings.scenarios:
        parts += [f"### {_heading(scenario.name)}", *describe_scenario(scenario), *_upstream(scenario.name, findings)]
    return "\n\n".join(parts)


def split_by_scenario(findings: Findings, cells: Sequence[CellFinding]) -> Iterator[Chapter]:
    """Yield these cells by scenario, and within it by thread limit and all else that the run varies.

    The first chapter of a scenario opens with its description.
    """
    axes = run_axes(findings) | {"scenario", "thread_limit"}
    known = {scenario.name: scenario for scenario in findings.scenarios}
    for name in dict.fromkeys(finding.cell.launch.scenario for finding in cells):
        own = [finding for finding in cells if finding.cell.launch.scenario == name]
        about = describe_scenario(known[name]) if name in known else ()
        opening = [f"### {_heading(name)}", *about, *_upstream(name, findings)]
        for conditions, alike in group_by_conditions(own, lambda finding: finding.cell, axes):
            yield [*opening, f"#### {conditions}"], alike
            opening = []


def link_scenarios(cells: Sequence[CellFinding]) -> list[str]:
    """Return links to the scenarios of these cells, on one line, if there are several."""
    names = list(dict.fromkeys(finding.cell.launch.scenario for finding in cells))
    links = " · ".join(jump(text(name), f"Scenario {name}") for name in names)
    return [f"By scenario: {links}"] if len(names) > 1 else []


def describe_scenario(scenario: ScenarioFacts) -> Iterator[str]:
    """Yield the description of one scenario."""
    yield prose(OWN_APP.format(app=scenario.app) if scenario.app else scenario.shows)
    if scenario.parameters:
        yield bullets([_parameter(each) for each in scenario.parameters])
    if scenario.styles:
        yield details(_STYLES, table(_HEADERS, [_style(each) for each in scenario.styles], ("left", "left", "left")))
    if scenario.reports:
        asked = [outward(prose(question), address) for question, address in scenario.reports.items()]
        yield f"Asked by users: {' · '.join(asked)}"


def _upstream(scenario: str, findings: Findings) -> list[str]:
    """Return whether the service that a scenario calls kept up, if it calls one."""
    said = upstream.sentence(findings, scenario)
    return [said] if said else []


def _heading(name: str) -> str:
    return f"Scenario {text(name)}"


def _parameter(found: ParameterFacts) -> str:
    name = text(found.name.replace("_", " "))
    values = ", ".join(format_delay(value) if found.unit == "s" else f"{value:,.0f}" for value in found.values)
    # What is called by its unit needs it only once.
    unit = "" if found.unit in ("s", found.name) else f" {text(found.unit)}"
    return f"{name}: {values}{unit}. {prose(found.says)}"


def _style(found: StyleFacts) -> list[str]:
    return [code(found.name), prose(found.says), prose(found.model) if found.model else _NO_MODEL]
