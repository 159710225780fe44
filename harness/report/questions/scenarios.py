"""What was measured? The scenarios: what each shows, its settings and its styles."""

from collections.abc import Iterator

from harness.analysis.findings import Findings
from harness.model.axes import format_delay
from harness.model.scenarios import ParameterFacts, ScenarioFacts
from harness.report.document import (
    Block,
    Bullets,
    Paragraph,
    Section,
    Subheading,
    code,
    line,
)
from harness.report.wording import OWN_APP


def section(findings: Findings) -> Section | None:
    """Return a description of each scenario; None without any."""
    if not findings.scenarios:
        return None
    blocks = tuple(block for scenario in findings.scenarios for block in _describe(scenario))
    first, *others = findings.scenarios
    finding = line("{} scenarios.", str(1 + len(others))) if others else line("The scenario {}.", code(first.name))
    return Section("scenarios", "What was measured?", blocks, rank=6, finding=finding)


def _describe(scenario: ScenarioFacts) -> Iterator[Block]:
    yield Subheading(line("Scenario {}", scenario.name))
    about = OWN_APP.format(app=scenario.app) if scenario.app else scenario.shows
    settings = "; ".join(map(_write_parameter, scenario.parameters))
    yield Paragraph(line("{}{}", line(about), f" ({settings})" if settings else ""))
    if scenario.styles:
        yield Bullets(tuple(line("{}: {}", code(each.name), line(each.says)) for each in scenario.styles))


def _write_parameter(found: ParameterFacts) -> str:
    values = ", ".join(format_delay(value) if found.unit == "s" else f"{value:,.0f}" for value in found.values)
    unit = "" if found.unit in ("s", found.name) else f" {found.unit}"
    return f"{found.name.replace('_', ' ')} {values}{unit}"
