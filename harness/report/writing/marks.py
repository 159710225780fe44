"""What qualifies a figure: its number of blocks, and marks with their footnotes."""

from collections.abc import Iterable, Iterator, Sequence

from harness.analysis.findings import CellFinding
from harness.model.executors import format_load
from harness.model.flags import BOUNDS, Flag
from harness.report.wording import FLAG_WORDS
from harness.report.writing.markdown import code, text

_PARTLY = "\\*"
_GAVE_UP = "‡"
BOUND = "†"


def over_blocks(findings: Sequence[CellFinding]) -> str:
    """Return how many blocks the figures of these cells are of: `6 blocks`, `up to 6 blocks`, `one block`."""
    blocks = {finding.blocks for finding in findings if finding.blocks}
    most = max(blocks, default=0)
    return f"{'up to ' if len(blocks) > 1 else ''}{most} blocks" if most > 1 else "one block"


def marked(finding: CellFinding, figure: str) -> str:
    """Return a figure with the marks of its cell, or the status if there is no figure."""
    if not finding.blocks:
        return finding.status
    partly = _PARTLY if finding.blocks_failed else ""
    gave_up = _GAVE_UP if finding.gave_up else ""
    return f"{figure}{partly}{gave_up}{BOUND if finding.bound else ''}"


def of_requests(finding: CellFinding) -> str:
    """Return how many requests of a cell gave up, over all its blocks."""
    return f"{finding.gave_up} of {finding.ok + finding.errors + finding.gave_up}"


def notes(findings: Sequence[CellFinding]) -> Iterator[str]:
    """Yield the footnotes for the marks on the figures of these cells."""
    measured = [finding for finding in findings if finding.blocks]
    if any(finding.blocks_failed for finding in measured):
        yield f"{_PARTLY} Some blocks gave no figure here: this is over those that did."
    if gave_up := [finding for finding in measured if finding.gave_up]:
        several = len({one.cell.launch.server for one in gave_up}) > 1
        told = [_in_vain(one, with_server=several) for one in gave_up]
        yield f"{_GAVE_UP} Requests gave up waiting, which is a result and no failure: {'; '.join(told)}."
    if note := bound_note(finding.bound for finding in measured):
        yield note


def _in_vain(finding: CellFinding, *, with_server: bool) -> str:
    cell = finding.cell
    server = f"{text(cell.launch.server)} " if with_server else ""
    return f"{server}{code(cell.style)} at {format_load(cell)} {of_requests(finding)}"


def bound_note(bounds: Iterable[Flag | None]) -> str:
    """Return the footnote for figures with one of these flags; empty if there is none."""
    found = set(bounds)
    flags = [flag for flag in BOUNDS if flag in found]
    if not flags:
        return ""
    whose = " or ".join(f"the {FLAG_WORDS[flag].measured}" for flag in flags)
    are = " or ".join(flags).capitalize()
    return f"{BOUND} {are}: this says more about {whose} than about the server, and ranks nothing."
