"""What endpoints should be: for each scenario the style to prefer at low and at high load, by how much, and why."""

from collections.abc import Iterator, Sequence

from harness.analysis.findings import Advice, Findings, Rival
from harness.analysis.statistics.estimates import MAY_MISS
from harness.report.sentences import advised, agreeing
from harness.report.sentences.agreeing import Alike
from harness.report.writing.conditions import Axes, launch_conditions, name_conditions, run_axes, varied_axes
from harness.report.writing.markdown import MARKDOWN, Align, code, details, table, text
from harness.report.writing.numbers import NONE, percent

HEADING = "What your endpoints should be"
_HEADERS = ("scenario", "load", "prefer", "over", "which took, times", "verdict on it", "its median request")
_ALIGN: tuple[Align, ...] = ("left", "right", "left", "left", "right", "left", "left")
_OTHERS = "Against every other style"


def section(findings: Findings) -> str | None:
    """Render a row for each scenario and load, other styles folded away; None if no two styles were measured alike."""
    if not findings.advice:
        return None
    axes = _axes(findings) & varied_axes([one.preferred for one in findings.advice])
    every = [(alike, axes) for of_scenario in agreeing.by_scenario(findings).values() for alike in of_scenario]
    rows = [_row(alike, alike.over, findings, axes) for alike, axes in every]
    others = [_row(alike, [one], findings, axes) for alike, axes in every for one in _further(alike)]
    parts = [f"## {HEADING}", _reading(findings), table(_HEADERS, rows, _ALIGN)]
    if others:
        parts.append(details(_OTHERS, table(_HEADERS, others, _ALIGN)))
    return "\n\n".join(parts)


def _reading(findings: Findings) -> str:
    within = percent(findings.header.plan.practical_difference)
    return (
        "The style with the lowest median of those in which no request gave up, over the best that is written the "
        "other way (`def` against `async def`), at the highest and at the lowest load that two styles had."
        f"{_where(findings)} How many times as long the latter took: in the same block, the median over blocks and its "
        f"interval. No measurable difference: the interval lies within {within}. In each row by itself, the style that "
        f"in truth takes least is the preferred one, or one that was not shown to be slower, with a probability of "
        f"{percent(1 - MAY_MISS)} or more, however many there were to choose from."
    )


def _where(findings: Findings) -> str:
    """Return the conditions that all advice shares, of those that the run varies."""
    chosen = [one.preferred for one in findings.advice]
    servers = {cell.launch.server for cell in chosen}
    told = []
    if len({finding.cell.launch.server for finding in findings.cells}) > 1:
        of_baseline = servers == {findings.header.plan.baseline.get("server")}
        named_server = f"on {text(chosen[0].launch.server)}, the server of the baseline"
        told.append(named_server if of_baseline else "on each server, those that agree together")
    if conditions := name_conditions(chosen[0], _axes(findings) - varied_axes(chosen)):
        told.append(f"with {conditions}")
    return f" Compared {', '.join(told)}." if told else ""


def _axes(findings: Findings) -> Axes:
    """Return the axes that the run varies, besides the scenario, the loop and the executor."""
    return run_axes(findings) - {"scenario", "loop", "executor"}


def _further(alike: Alike) -> Iterator[Rival]:
    """Yield the other styles, server by server, after the one in the table."""
    for one in alike.every:
        yield from one.rivals[1:]


def _row(alike: Alike, rivals: Sequence[Rival], findings: Findings, axes: Axes) -> list[str]:
    advice = alike.first
    style = rivals[0].cell.style
    ours = advised.preferred(alike, MARKDOWN) if rivals[0] is advice.over else code(advice.preferred.style)
    return [
        _scenario(advice, rivals, findings, axes),
        advised.name_load(advice),
        ours,
        code(style),
        advised.by_how_much(rivals) or NONE,
        advised.verdict(rivals, findings, MARKDOWN),
        advised.why(rivals) or NONE,
    ]


def _scenario(advice: Advice, rivals: Sequence[Rival], findings: Findings, axes: Axes) -> str:
    """Return the scenario with its servers, unless all are meant, and with the conditions that vary."""
    launch = advice.preferred.launch
    told: list[str] = []
    if {one.cell.launch.server for one in rivals} != {one.preferred.launch.server for one in findings.advice}:
        told.append(advised.servers(rivals, findings, MARKDOWN))
    if conditions := name_conditions(launch_conditions(launch, advice.preferred.client), axes):
        told.append(conditions)
    where = f" ({', '.join(told)})" if told else ""
    return f"{text(launch.scenario)}{where}"
