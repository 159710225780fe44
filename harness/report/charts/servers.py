"""Server against server: how long the largest burst took that all of them had, by style."""

from collections.abc import Sequence

from harness.analysis.findings import CellFinding, Findings
from harness.model.executors import executor_of
from harness.report.cells import describe_blocks
from harness.report.chart import Chart
from harness.report.charts.bars import MARGINS, ROW, Measure, alt, note, panels
from harness.report.charts.palette import looks
from harness.report.charts.panels import Setting, cut, grid, heading, settings
from harness.report.numbers import seconds

_MEASURE = Measure("seconds", lambda one: (one.median_s, one.low_s, one.high_s), seconds)
_TITLE = "Server against server: how long the largest burst took that all of them had"


def servers(findings: Findings) -> Chart | None:
    """Draw a panel per style and setting, with a bar per server.

    Return None if no burst was measured on two servers.
    """
    bursts = [one for one in findings.cells if executor_of(one.cell).is_burst and one.median_s is not None]
    shared = [setting for setting in settings(bursts, findings) if _largest_common(setting)]
    if not shared:
        return None
    drawn, left = cut(shared)
    look = looks([one.cell for one in findings.cells])
    beside = panels([(setting.name, _largest_common(setting)) for setting in drawn], _MEASURE, look)
    bounds = ", the lines on them 95% intervals" if any(one.low_s is not None for one in bursts) else ""
    above = heading(
        _TITLE,
        f"Bars are medians over {describe_blocks(bursts)}{bounds}.",
        note(bursts),
        left,
    )
    spec = grid("servers", above, beside, ROW * len(look), MARGINS)
    return Chart("servers", _TITLE, f"{_TITLE}. {alt(beside[0], 's')}", spec)


def _largest_common(setting: Setting) -> dict[str, Sequence[CellFinding]]:
    """Return for each style the cells at the highest concurrency that all servers have.

    A style measured on a single server is left out.
    """
    largest: dict[str, Sequence[CellFinding]] = {}
    for style, cells in setting.by_style().items():
        at_once: dict[str, set[int]] = {}
        for one in cells:
            at_once.setdefault(one.cell.launch.server, set()).add(one.cell.concurrency)
        common = set.intersection(*at_once.values())
        if len(at_once) > 1 and common:
            largest[style] = [one for one in cells if one.cell.concurrency == max(common)]
    return largest
