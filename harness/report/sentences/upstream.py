"""The sentence that shows whether the upstream of a scenario kept up: only where it did, the server was measured."""

from collections.abc import Iterator, Sequence

from harness.analysis.findings import CellFinding, Findings, UpstreamFinding
from harness.model.flags import Flag
from harness.model.words import counted
from harness.report.writing.markdown import code
from harness.report.writing.numbers import listed, milliseconds


def sentences(findings: Findings) -> Iterator[str]:
    """Yield a sentence for each scenario that calls an upstream, in the order of the plan."""
    for scenario in dict.fromkeys(finding.cell.launch.scenario for finding in findings.cells):
        if told := sentence(findings, scenario):
            yield told


def sentence(findings: Findings, scenario: str) -> str | None:
    """How well the upstream of a scenario kept up; None where it has none, or where it answered nothing."""
    cells = [finding for finding in findings.cells if finding.cell.launch.scenario == scenario and finding.upstream]
    seen = [finding.upstream for finding in cells if finding.upstream]
    if not seen:
        return None
    at_once = counted(max(each.peak for each in seen), "request")
    return (
        f"The service that {code(scenario)} calls {_kept_up(cells)}: it had at most {at_once} under way at once, sent "
        f"{_late(seen)} later than asked for, and used at most {max(each.cpu for each in seen):.2f} of a core."
    )


def _kept_up(cells: Sequence[CellFinding]) -> str:
    of_upstream = (Flag.UPSTREAM_BOUND, Flag.UPSTREAM_LATE)
    doubted = [finding for finding in cells if any(flag in finding.flagged_blocks for flag in of_upstream)]
    if not doubted:
        return "kept up"
    flags = [flag for flag in of_upstream if any(flag in each.flags for each in doubted)]
    where = f"{len(doubted)} of {counted(len(cells), 'cell')}"
    return f"did not always keep up ({listed([code(flag) for flag in flags])} in {where})"


def _late(seen: Sequence[UpstreamFinding]) -> str:
    """How late its answers were in the cell where they were latest: the last of a hundred, and the last of all."""
    tails_ms = [each.late.p99_ms for each in seen if each.late.p99_ms is not None]
    latest = f"its latest answer {milliseconds(max(each.late_max_ms for each in seen))} ms"
    if not tails_ms:
        return latest
    return f"1% of its answers more than {milliseconds(max(tails_ms))} ms and {latest}"
