"""The lead figures of a run as a Mermaid chart, for pages that draw those and show no pictures.

Mermaid has few means: numbers stand evenly spaced as bars or lines, and an older one shows no legend. So `def` is bars
and `async` a line, which the words above say; and there is one server in it, but for a closed loop, where it is all of
them at their highest load.
"""

from collections.abc import Sequence

from harness.analysis.findings import CellFinding, Findings
from harness.model.executors import executor_of, load_of
from harness.model.plan import Cell
from harness.model.words import one_line
from harness.report.cells import COMPARED, busiest, explain_marks
from harness.report.conditions import group_by_conditions, name_conditions, run_axes
from harness.report.document import Block, Bullets, Code, Line, Paragraph, line
from harness.report.numbers import per_second, seconds

_COLOURS = '%%{init: {"themeVariables": {"xyChart": {"plotColorPalette": "#56b4e9, #d55e00"}}}}%%'
_HARMLESS = frozenset(" .,-_+()/")
"""Characters without a meaning in a quoted label of Mermaid, besides letters and digits."""

_LONGEST = 40
"""Longer labels leave no room for the chart."""


def draw_mermaid(findings: Findings) -> list[Block]:
    """Return the chart under its caption; nothing if there is nothing to draw."""
    compared = [one for one in findings.cells if one.cell.style in COMPARED and one.blocks]
    bursts = [one for one in compared if one.median_s is not None]
    loops = [one for one in compared if executor_of(one.cell).is_closed_loop]
    rates = [one for one in compared if executor_of(one.cell).is_open_loop]
    if bursts:
        return _durations(_as_the_baseline(bursts, findings), findings)
    if loops:
        return _answered(_as_the_baseline(loops, findings), findings)
    return _kept_up_with(_as_the_baseline(rates, findings), findings) if rates else []


def _as_the_baseline(cells: Sequence[CellFinding], findings: Findings) -> list[CellFinding]:
    """Return the cells under the conditions of the baseline, its own server first.

    Without the baseline among them, the conditions of the first cell count.
    """
    baseline = findings.control.cells if findings.control else ()
    axes = run_axes(findings)
    groups = [group for _, group in group_by_conditions(cells, lambda one: one.cell, axes)]
    for group in groups:
        for found in group:
            if found.cell in baseline:
                return sorted(group, key=lambda one: one.cell.launch.server != found.cell.launch.server)
    return groups[0]


def _durations(cells: Sequence[CellFinding], findings: Findings) -> list[Block]:
    figures = {one.cell: seconds(one.median_s) for one in cells if one.median_s is not None}
    return _side_by_side(cells, figures, ("seconds until the last answer", "concurrent requests"), findings)


def _kept_up_with(cells: Sequence[CellFinding], findings: Findings) -> list[Block]:
    return _side_by_side(cells, _rps(cells), ("requests/s answered", "requests/s offered"), findings)


def _rps(cells: Sequence[CellFinding]) -> dict[Cell, str]:
    return {one.cell: per_second(one.rps) for one in cells if one.rps is not None}


def _side_by_side(
    cells: Sequence[CellFinding], figures: dict[Cell, str], axes: tuple[str, str], findings: Findings
) -> list[Block]:
    """Return `def` as bars and `async` as a line, on the first server, at the loads that both have.

    `axes` are the labels of figures and loads. Returns nothing if no load has both styles.
    """
    server, (what, load) = cells[0].cell.launch.server, axes
    in_def, in_async = (
        {load_of(one.cell): one for one in cells if one.cell.style == style and one.cell.launch.server == server}
        for style in COMPARED
    )
    loads = sorted(in_def.keys() & in_async.keys())
    if not loads:
        return []
    bars, points = ([figures[found[load].cell] for load in loads] for found in (in_def, in_async))
    chart = [
        "xychart-beta",
        f"    x-axis {label(load)} [{', '.join(label(str(each)) for each in loads)}]",
        f"    y-axis {label(what)} 0 --> {max([*bars, *points], key=float)}",
        f"    bar {label('def')} [{', '.join(bars)}]",
        f"    line {label('async')} [{', '.join(points)}]",
    ]
    words = line("`def` (bars) and `async` (line) on {}{}: {} by {}.", server, _under(cells[0], findings), what, load)
    return _drawn(words, chart, [found[load] for found in (in_def, in_async) for load in loads])


def _answered(cells: Sequence[CellFinding], findings: Findings) -> list[Block]:
    """Return a bar for each server and style in a closed loop."""
    shown = busiest(cells)
    figures = _rps(shown)
    names = [label(f"{one.cell.launch.server} {one.cell.style}") for one in shown]
    chart = [
        "xychart-beta horizontal",
        f"    x-axis [{', '.join(names)}]",
        f"    y-axis {label('requests/s')} 0 --> {max(figures.values(), key=float)}",
        f"    bar [{', '.join(figures.values())}]",
    ]
    words = line("Requests/s of `def` and `async` at their highest load{}.", _under(shown[0], findings))
    return _drawn(words, chart, shown)


def _under(found: CellFinding, findings: Findings) -> str:
    """Return the conditions of a cell that the run varies, in brackets."""
    conditions = name_conditions(found.cell, run_axes(findings))
    return f" ({conditions})" if conditions else ""


def _drawn(words: Line, chart: Sequence[str], cells: Sequence[CellFinding]) -> list[Block]:
    notes = tuple(explain_marks(cells))
    return [Paragraph(words), Code("\n".join([_COLOURS, *chart]), "mermaid"), *([Bullets(notes)] if notes else [])]


def label(anything: str) -> str:
    """Return a text as a quoted label, with numbers for all characters that have a meaning in Mermaid."""
    line = one_line(anything)
    short = line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."
    signs = (sign if sign.isalnum() or sign in _HARMLESS else f"#{ord(sign)};" for sign in short)
    return f'"{"".join(signs)}"'
