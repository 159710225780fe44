"""The verdicts: what the matrix declares to be compared, and what may be claimed of it."""

from collections.abc import Iterable, Sequence
from typing import Literal, get_args

from harness.analysis.findings import Comparison, Findings
from harness.analysis.statistics.estimates import MAY_MISS
from harness.analysis.statistics.verdicts import Verdict
from harness.model.executors import executor_of
from harness.model.words import counted
from harness.report.sentences.behind import all_of
from harness.report.wording import COSTS, describe_comparison, describe_verdict
from harness.report.writing.conditions import Axes, run_axes
from harness.report.writing.contrast import Contrast, contrast
from harness.report.writing.markdown import MARKDOWN, PLAIN, Align, Voice, table, text
from harness.report.writing.numbers import NONE, listed, percent, ratio, times

_HEADERS = ("compared", "with both", "ratio", "interval", "blocks", "verdict")
_ALIGN: tuple[Align, ...] = ("left", "left", "right", "right", "right", "left")
ComparedKind = Literal["styles", "servers", "others"]
KINDS: tuple[ComparedKind, ...] = get_args(ComparedKind)
"""What a comparison is of."""

_MOST_CLAUSES = 4
"""More clauses than these are for the table: a paragraph has to be read."""


def section(findings: Findings) -> str | None:
    """Render the table of verdicts, None if the matrix declares no comparison."""
    if not findings.comparisons:
        return None
    axes = _axes(findings)
    rows = [_row(comparison, axes, findings) for comparison in findings.comparisons]
    return "\n\n".join(["## Verdicts", _reading(findings), table(_HEADERS, rows, _ALIGN)])


def _reading(findings: Findings) -> str:
    measures = dict.fromkeys(COSTS[executor_of(comparison.cell).cost] for comparison in findings.comparisons)
    plan = findings.header.plan
    stricter = ", which is much stricter than to keep up, as of a knee" if findings.knees else ""
    looks = ", however often one looks" if findings.is_sequential else ""
    return (
        f"What the matrix declares to be compared. Ratio: how many times as much the first took as the second "
        f"({' or '.join(measures)}) in the same block, the median over blocks. *Same* means within "
        f"{percent(plan.practical_difference)}{stricter}. With a probability of {percent(1 - MAY_MISS)} or more no "
        f"verdict here is false{looks}."
    )


def _row(comparison: Comparison, axes: Axes, findings: Findings) -> list[str]:
    told = _contrast(comparison, axes, MARKDOWN)
    return [
        f"{told.first} against {told.second}",
        told.common or NONE,
        *render_outcome(comparison, findings.header.plan.practical_difference, str(comparison.blocks)),
    ]


def render_outcome(comparison: Comparison, difference: float, blocks: str) -> list[str]:
    """Return the columns with the ratio, its interval, the blocks and the verdict."""
    return [
        NONE if comparison.ratio is None else ratio(comparison.ratio),
        interval(comparison.low, comparison.high),
        blocks,
        text(describe_comparison(comparison, difference)),
    ]


def name_comparisons(findings: Findings) -> list[str]:
    """Return the name of each comparison as plain text: `def against async, uvicorn at 41`."""
    axes = _axes(findings)
    return [_name_comparison(comparison, axes) for comparison in findings.comparisons]


def _name_comparison(comparison: Comparison, axes: Axes) -> str:
    told = _contrast(comparison, axes, PLAIN)
    return f"{told.first} against {told.second}" + (f", {told.common}" if told.common else "")


def interval(low: float | None, high: float | None) -> str:
    """Return an interval of ratios, or a dash if there is none."""
    return NONE if low is None or high is None else f"{ratio(low)} to {ratio(high)}"


def sentence(findings: Findings, voice: Voice, *kinds: ComparedKind) -> str | None:
    """Return the verdicts of these kinds in a sentence, servers that agree together; None if there are none."""
    axes = _axes(findings)
    given = [one for one in findings.comparisons if one.verdict is not None and one.low is not None]
    told = [
        part
        for kind in kinds
        for part in _list_clauses([one for one in given if _kind(one, axes) == kind], findings, voice)
    ]
    return f"Verdicts: {'; '.join(told)}." if told else None


def _list_clauses(given: Iterable[Comparison], findings: Findings, voice: Voice) -> list[str]:
    """Return the verdicts of one kind in a few clauses, and how many more there are."""
    axes = _axes(findings)
    agreeing = _agreeing(given, axes, voice)
    sides: dict[str, list[str]] = {}
    for alike in agreeing[:_MOST_CLAUSES]:
        clause = _clause(alike, axes, findings, voice)
        sides.setdefault(_sides(alike[0], axes, voice), []).append(clause)
    left = len(agreeing) - _MOST_CLAUSES
    more = [f"{counted(left, 'more verdict')} in the table"] if left > 0 else []
    return [*(f"{those}, {'; '.join(clauses)}" for those, clauses in sides.items()), *more]


def ranking(findings: Findings, voice: Voice) -> str | None:
    """Which server was shown to be faster than which, or why none was; None for one server, or where nothing counts."""
    control = findings.control
    servers = {finding.cell.launch.server for finding in findings.cells if finding.blocks}
    if len(servers) <= 1 or (control is not None and control.differs):
        return None
    axes = _axes(findings)
    compared = [one for one in findings.comparisons if _kind(one, axes) == "servers"]
    if not compared:
        return "Servers are not ranked: the matrix declares no comparison between them."
    if all(one.verdict is None or one.low is None for one in compared):
        return "Servers are not ranked: no verdict on them could be given."
    shown = dict.fromkeys(
        f"{voice.text(one.cell.launch.server)} was {one.verdict} than {voice.text(one.against.launch.server)}"
        for one in compared
        if one.verdict in (Verdict.FASTER, Verdict.SLOWER)
    )
    if not shown:
        contrasts = [_contrast(one, axes, voice) for one in compared]
        loads = listed(list(dict.fromkeys(f"{told.style} at {told.load}" for told in contrasts)))
        within = percent(findings.header.plan.practical_difference)
        return f"No server was shown to be faster by more than {within}; compared were {loads}."
    return f"{'; '.join(shown)}."


def _kind(comparison: Comparison, axes: Axes) -> ComparedKind:
    """Return what the two sides differ in, if that is one thing."""
    told = _contrast(comparison, axes, PLAIN)
    if told.load and told.style and not told.server:
        return "servers"
    return "styles" if told.load and told.server and not told.style else "others"


def _agreeing(given: Iterable[Comparison], axes: Axes, voice: Voice) -> list[list[Comparison]]:
    """Return the comparisons grouped, those together that differ only in their server."""
    alike: dict[tuple[object, ...], list[Comparison]] = {}
    for comparison in given:
        told = _contrast(comparison, axes, voice)
        key = (told.first, told.second, told.load, told.conditions, comparison.verdict)
        alike.setdefault(key, []).append(comparison)
    return list(alike.values())


def _sides(comparison: Comparison, axes: Axes, voice: Voice) -> str:
    """Return the two sides that are compared, with their conditions."""
    told = _contrast(comparison, axes, voice)
    conditions = f" ({told.conditions})" if told.conditions else ""
    return f"{told.first} against {told.second}{conditions}"


def _clause(alike: Sequence[Comparison], axes: Axes, findings: Findings, voice: Voice) -> str:
    """Return the verdict that these comparisons share, and where it holds."""
    told, verdict = _contrast(alike[0], axes, voice), alike[0].verdict
    assert verdict is not None
    servers = list(dict.fromkeys(one for comparison in alike if (one := _server(comparison, voice))))
    where = [*([told.style] if told.style else []), *([f"at {told.load}"] if told.load else [])]
    where += [f"on {all_of(servers, findings)}"] if servers else []
    ratios = times(comparison.ratio for comparison in alike if comparison.ratio is not None)
    words = describe_verdict(verdict, findings.header.plan.practical_difference)
    return f"{' '.join(where)}{': ' if where else ''}{words} ({ratios} times as long)"


def _server(comparison: Comparison, voice: Voice) -> str | None:
    """Return the server of both sides, None if they differ in it."""
    server = comparison.cell.launch.server
    return voice.text(server) if server == comparison.against.launch.server else None


def _contrast(comparison: Comparison, axes: Axes, voice: Voice) -> Contrast:
    return contrast(comparison.cell, comparison.against, axes, voice)


def _axes(findings: Findings) -> Axes:
    """Return the axes that the run varies."""
    return run_axes(findings)
