"""`def` beside `async` on a server, wherever both were measured alike: described, not claimed."""

from collections.abc import Iterator

from harness.analysis.findings import Findings, Ratio
from harness.model.executors import executor_of, format_load
from harness.report.sections.verdicts import interval
from harness.report.wording import COSTS
from harness.report.writing.conditions import Axes, name_conditions, run_axes
from harness.report.writing.markdown import Align, table
from harness.report.writing.numbers import ratio

_HEADERS = ("under", "load", "ratio", "interval", "blocks")
_ALIGN: tuple[Align, ...] = ("left", "right", "right", "right", "right")


def render_ratios(server: str, findings: Findings) -> Iterator[str]:
    """Yield a table with a row for each pair of one server, nothing if it was not measured in both styles."""
    theirs = [each for each in findings.ratios if each.cell.launch.server == server]
    if not theirs:
        return
    measures = dict.fromkeys(COSTS[executor_of(each.cell).cost] for each in theirs)
    axes = run_axes(findings) | {"thread_limit"}
    yield (
        f"**`def` beside `async`**: how many times as much `def` took in the same block ({' or '.join(measures)}), the "
        f"median over blocks, with a 95% interval of its own."
    )
    yield table(_HEADERS, [_row(each, axes) for each in theirs], _ALIGN)


def _row(each: Ratio, axes: Axes) -> list[str]:
    return [
        name_conditions(each.cell, axes),
        format_load(each.cell),
        ratio(each.ratio),
        interval(each.low, each.high),
        str(each.blocks),
    ]
