"""The lead chart of closed loops: requests per second of each server, by style."""

from harness.analysis.findings import CellFinding, Findings
from harness.model.executors import executor_of
from harness.report.cells import describe_blocks
from harness.report.chart import Chart
from harness.report.charts.bars import MARGINS, ROW, Measure, alt, note, panels
from harness.report.charts.palette import looks
from harness.report.charts.panels import Setting, cut, grid, heading, settings
from harness.report.numbers import per_second

_MEASURE = Measure("requests/s", lambda one: (one.rps, one.rps_low, one.rps_high), per_second)
_TITLE = "Throughput: requests answered per second"


def throughput(findings: Findings) -> Chart | None:
    """Draw a panel per style, setting and concurrency, with a bar per server.

    Return None without closed loops.
    """
    loops = [one for one in findings.cells if executor_of(one.cell).is_closed_loop and one.rps is not None]
    if not loops:
        return None
    drawn, left = cut([part for setting in settings(loops, findings) for part in _by_concurrency(setting)])
    look = looks([one.cell for one in findings.cells])
    beside = panels([(setting.name, setting.by_style()) for setting in drawn], _MEASURE, look)
    bounds = ", the lines on them 95% intervals" if any(one.rps_low is not None for one in loops) else ""
    above = heading(_TITLE, f"A closed loop. Bars are over {describe_blocks(loops)}{bounds}.", note(loops), left)
    spec = grid("throughput", above, beside, ROW * len(look), MARGINS)
    return Chart("throughput", _TITLE, f"{_TITLE}. {alt(beside[0], 'requests/s')}", spec)


def _by_concurrency(setting: Setting) -> list[Setting]:
    """Return a setting for each concurrency, the highest first."""
    found: dict[int, list[CellFinding]] = {}
    for one in setting.cells:
        found.setdefault(one.cell.concurrency, []).append(one)
    return [Setting(setting.name, tuple(found[at_once])) for at_once in sorted(found, reverse=True)]
