"""The latencies of each class of requests, for styles that mix several."""

from collections.abc import Iterator, Sequence

from harness.analysis.findings import CellFinding, ClassFinding
from harness.model.executors import format_load
from harness.report.writing.busiest import folded, load_header
from harness.report.writing.markdown import Align, code, table, text
from harness.report.writing.numbers import NONE, milliseconds

_READING = (
    "By request class, since the median of a mixture hides the rarer one: latencies in ms over the requests of all "
    "blocks, as median / 95th / 99th percentile, and the slowest. A 95th percentile takes 59 requests, a 99th 299."
)


def render_classes(cells: Sequence[CellFinding]) -> Iterator[str]:
    """Yield a table with a row per cell and class; nothing if no style has several classes."""
    rows = [_row(finding, name, found) for finding in cells for name, found in finding.classes.items()]
    if not rows:
        return
    headers = ("server", "style", load_header(cells), "class", "requests", "latency, ms", "slowest, ms")
    align: list[Align] = ["left" if header in ("server", "style", "class") else "right" for header in headers]
    yield _READING
    yield folded(table(headers, rows, align), len(rows))


def _row(finding: CellFinding, name: str, found: ClassFinding) -> list[str]:
    cell, latency = finding.cell, found.latency
    percentiles = [NONE if ms is None else milliseconds(ms) for ms in (latency.p50_ms, latency.p95_ms, latency.p99_ms)]
    return [
        text(cell.launch.server),
        code(cell.style),
        format_load(cell),
        code(name),
        str(found.requests),
        " / ".join(percentiles),
        milliseconds(found.max_ms),
    ]
