"""`def` beside `async` wherever both were measured alike: how many times as long, described and not claimed."""

from harness.analysis.findings import Findings, Ratio
from harness.model.plan import BURST, CLOSED_LOOP
from harness.report.conditions import grouped, load, of_cell, thread_limit, varied
from harness.report.markdown import Align, details, table, text
from harness.report.numbers import ratio
from harness.report.verdicts import interval

_HEADERS = ("server", "thread limit", "load", "ratio", "interval", "blocks")
_ALIGN: tuple[Align, ...] = ("left", "right", "right", "right", "right", "right")
_MEASURES = {BURST: "the time until the last answer", CLOSED_LOOP: "the time per answer"}


def section(findings: Findings) -> str | None:
    """A row for each pair, folded away, or None where nothing was measured in both styles."""
    if not findings.ratios:
        return None
    executors = dict.fromkeys(each.cell.executor for each in findings.ratios)
    measures = list(dict.fromkeys(_MEASURES.get(executor, "the mean latency") for executor in executors))
    reading = (
        f"How many times as much `def` took as `async` in the same block ({' or '.join(measures)}): the median over "
        f"blocks, each with a 95% interval of its own. Descriptive: among many such intervals some miss, so nothing is "
        f"claimed of them."
    )
    axes = varied([finding.cell for finding in findings.cells]) - {"thread limit"}
    tables = []
    for name, alike in grouped(findings.ratios, lambda each: of_cell(each.cell), axes):
        heading = [f"### Beside: {name}"] if name else []
        tables += [*heading, table(_HEADERS, [_row(each) for each in alike], _ALIGN)]
    summary = f"All {len(findings.ratios)} of them"
    return "\n\n".join(["## `def` beside `async`", reading, details(summary, "\n\n".join(tables))])


def _row(each: Ratio) -> list[str]:
    launch = each.cell.launch
    return [
        text(launch.server),
        thread_limit(launch.thread_limit),
        load(each.cell),
        ratio(each.ratio),
        interval(each.low, each.high),
        str(each.blocks),
    ]
