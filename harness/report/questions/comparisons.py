"""The comparisons that a matrix declares: grouped by the question they answer, and as tables."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from harness.analysis.findings import Comparison, Findings
from harness.analysis.statistics.verdicts import Verdict
from harness.model.metrics import METRICS, TIME, Metric
from harness.model.words import counted
from harness.report.cells import name_servers
from harness.report.conditions import Axes, Contrast, contrast, run_axes
from harness.report.document import Line, Row, Table, TableCell, Tone, Words, as_line, code, join, line, table
from harness.report.numbers import NONE, between, ratio, times
from harness.report.text import flatten
from harness.report.wording import describe_comparison, describe_verdict

_WHAT, _FOUND = ("compared", "where"), ("blocks", "ratio (interval)", "verdict")
TONES = {
    Verdict.FASTER: Tone.GOOD,
    Verdict.SLOWER: Tone.BAD,
    Verdict.SAME: Tone.PLAIN,
    Verdict.DIFFERS: Tone.UNSURE,
    Verdict.UNDECIDED: Tone.UNSURE,
    None: Tone.UNSURE,
}


ComparedAlike = list[tuple[Comparison, Contrast]]
"""Comparisons that differ in their server only, each with the names of its sides."""


class Compared(StrEnum):
    """The one thing that the two sides of a comparison differ in."""

    STYLES = "styles"
    SERVERS = "servers"
    OTHERS = "others"


def comparisons_of(findings: Findings, kind: Compared, metric: Metric | None = None) -> list[Comparison]:
    """Return the comparisons of a kind, perhaps only those by a metric, in their order."""
    axes = run_axes(findings)
    by = METRICS if metric is None else (metric.name,)
    return [each for each in findings.comparisons if each.metric in by and _kind(each, axes) is kind]


def _kind(comparison: Comparison, axes: Axes) -> Compared:
    sides = contrast(comparison.cell, comparison.against, axes)
    if sides.load and sides.style and not sides.server:
        return Compared.SERVERS
    return Compared.STYLES if sides.load and sides.server and not sides.style else Compared.OTHERS


def render_verdicts(compared: Sequence[Comparison], findings: Findings) -> Table:
    """Return a row for each of these comparisons, those together that differ in their server only."""
    groups = _group_alike(compared, findings)
    columns: dict[str, list[Words]] = {
        "servers": [_name_servers(group, findings) or NONE for group in groups],
        "metric": [_metric(group).label for group in groups],
    }
    if all(servers == NONE for servers in columns["servers"]):
        del columns["servers"]
    if all(_metric(group) is TIME for group in groups):
        del columns["metric"]
    rows: list[Row] = []
    for group, *middle in zip(groups, *columns.values(), strict=True):
        what, where, *found = _row(group, findings)
        rows.append([what, where, *middle, *found])
    return table((*_WHAT, *columns, *_FOUND), rows, f"ll{'l' * len(columns)}rrl")


def _metric(group: ComparedAlike) -> Metric:
    """Return the metric that all comparisons of a group go by."""
    return METRICS[group[0][0].metric]


def _name_servers(group: ComparedAlike, findings: Findings) -> str:
    """Return the servers that a comparison was made on, nothing if it is one of servers."""
    servers = [each.server for _, each in group if each.server]
    return name_servers(servers, findings) if servers else ""


def _row(group: ComparedAlike, findings: Findings) -> Row:
    comparison, sides = group[0]
    words = describe_comparison(comparison, findings.header.plan.practical_difference)
    where: list[Words] = [*([code(sides.style)] if sides.style else []), *([f"at {sides.load}"] if sides.load else [])]
    return [
        sides.sides,
        line("{}{}", join(where), f" ({sides.conditions})" if sides.conditions else ""),
        between(str(number) for number in sorted({each.blocks for each, _ in group})),
        write_ratios(each for each, _ in group),
        TableCell(as_line(words), TONES[comparison.verdict]),
    ]


def name_comparison(comparison: Comparison, axes: Axes) -> str:
    """Return the name of a comparison as plain text: `def against async, uvicorn at 41`.

    It ends with the metric, unless that is the time.
    """
    sides = contrast(comparison.cell, comparison.against, axes)
    parts = [flatten(sides.sides), flatten(sides.common), name_metric(METRICS[comparison.metric])]
    return ", ".join(part for part in parts if part)


def name_metric(metric: Metric) -> str:
    """Return the words for a metric other than the time: `by CPU per request`; nothing for the time."""
    return "" if metric is TIME else f"by {metric.label}"


def write_interval(low: float | None, high: float | None) -> str:
    """Return an interval of ratios, or a dash if there is none."""
    return NONE if low is None or high is None else f"{ratio(low)} to {ratio(high)}"


def write_ratios(compared: Iterable[Comparison]) -> str:
    """Return the ratios of comparisons and what their intervals span: `1.85 to 1.97 (1.51 to 2.01)`."""
    given = [each for each in compared if each.ratio is not None]
    bounds = [bound for each in given for bound in (each.low, each.high) if bound is not None]
    if not given:
        return NONE
    ratios = times(each.ratio for each in given if each.ratio is not None)
    return f"{ratios} ({times(bounds)})" if bounds else ratios


def describe_alike(compared: Sequence[Comparison], findings: Findings) -> list[Line]:
    """Return a clause for each group that differs in its server only: ``at 41 on all three servers: slower, 1.9``."""
    judged = [each for each in compared if each.verdict is not None and each.ratio is not None]
    return [_describe_group(group, findings) for group in _group_alike(judged, findings)]


def _group_alike(compared: Iterable[Comparison], findings: Findings) -> list[ComparedAlike]:
    """Return comparisons with the names of their sides, those together that differ in their server only."""
    axes = run_axes(findings)
    groups: dict[tuple[object, ...], ComparedAlike] = {}
    for each in compared:
        sides = contrast(each.cell, each.against, axes)
        same = (sides.first, sides.second, sides.style, sides.load, sides.conditions)
        groups.setdefault((*same, each.metric, each.verdict, each.withheld), []).append((each, sides))
    return list(groups.values())


def _describe_group(group: ComparedAlike, findings: Findings) -> Line:
    comparison, sides = group[0]
    assert comparison.verdict is not None
    where: list[Words] = [*([code(sides.style)] if sides.style else []), *([f"at {sides.load}"] if sides.load else [])]
    where += [f"on {servers}"] if (servers := _name_servers(group, findings)) else []
    where += [by] if (by := name_metric(_metric(group))) else []
    words = describe_verdict(comparison.verdict, findings.header.plan.practical_difference, _metric(group))
    return line("{} {}: {}, {}", sides.sides, join(where), words, write_ratios(each for each, _ in group))


def ask_for_more(compared: Iterable[Comparison]) -> str:
    """Return what would decide these comparisons: more blocks, or a calmer machine."""
    needed = [each.more_blocks for each in compared if each.verdict is Verdict.UNDECIDED]
    known = [number for number in needed if number is not None]
    if len(known) < len(needed) or not known:
        return "a calmer machine would decide"
    return f"about {counted(max(known), 'more block')} would decide"
