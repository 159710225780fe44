"""Choose, order and mark cells for tables and sentences."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from harness.analysis.findings import CellFinding, Findings, Knee
from harness.model.executors import executor_of, format_load, load_of
from harness.model.flags import BOUNDS, Flag
from harness.model.plan import Cell
from harness.report.conditions import cell_conditions
from harness.report.document import Line, as_line, code, enumerate_words, join, line
from harness.report.numbers import between, spell_number
from harness.report.wording import FLAG_WORDS

Thing = TypeVar("Thing")

COMPARED = ("def", "async")
STYLES = (*COMPARED, "async-blocking", "async-to-thread", "async-threadpool")

_PARTLY = "*"
_GAVE_UP = "‡"
BOUND = "†"

_MOST_NAMES = 2
"""More servers than these are counted where all are meant."""


def order_styles(styles: Iterable[str]) -> list[str]:
    """Return each style once, in the usual order, unknown ones last."""
    return sorted(dict.fromkeys(styles), key=lambda style: STYLES.index(style) if style in STYLES else len(STYLES))


def styles_of(findings: Iterable[CellFinding]) -> list[str]:
    """Return the styles of these cells in the usual order."""
    return order_styles(finding.cell.style for finding in findings)


def servers_of(findings: Iterable[CellFinding]) -> list[str]:
    """Return the servers of these cells in the order of the plan."""
    return list(dict.fromkeys(finding.cell.launch.server for finding in findings))


def share_out(things: Sequence[Thing], most: int) -> list[Sequence[Thing]]:
    """Return things in as few parts as possible, of at most `most` each and about equal."""
    parts = max(1, math.ceil(len(things) / most))
    bounds = [len(things) * part // parts for part in range(parts + 1)]
    return [things[low:high] for low, high in pairwise(bounds)]


def busiest(findings: Iterable[CellFinding]) -> list[CellFinding]:
    """Return the cell of the highest load per server, style and conditions, in the order of the servers."""
    most: dict[tuple[object, str, str], CellFinding] = {}
    for finding in findings:
        cell = finding.cell
        key = (tuple(cell_conditions(cell).values()), cell.launch.server, cell.style)
        if key not in most or _load(finding) > _load(most[key]):
            most[key] = finding
    styles, servers = styles_of(most.values()), servers_of(most.values())
    return sorted(
        most.values(),
        key=lambda finding: (servers.index(finding.cell.launch.server), styles.index(finding.cell.style)),
    )


def busiest_under_first_conditions(findings: Iterable[CellFinding]) -> list[CellFinding]:
    """Return the busiest cells of the first scenario under its first conditions; the page has those of all others."""
    cells = busiest(findings)
    return [finding for finding in cells if _conditions(finding) == _conditions(cells[0])]


def _conditions(finding: CellFinding) -> tuple[object, ...]:
    return tuple(cell_conditions(finding.cell).values())


def _load(finding: CellFinding) -> tuple[int, int]:
    return load_of(finding.cell), finding.cell.concurrency


def at_highest_concurrency(cells: Sequence[CellFinding]) -> list[CellFinding]:
    """Return those of these cells that have the most concurrent requests."""
    most = max(finding.cell.concurrency for finding in cells)
    return [finding for finding in cells if finding.cell.concurrency == most]


def name_servers(servers: Iterable[str], findings: Findings) -> str:
    """Return servers for a sentence: counted where they are all that the run has, by name otherwise."""
    named = list(dict.fromkeys(servers))
    is_everyone = len(named) == len(servers_of(findings.cells)) and len(named) > _MOST_NAMES
    return (
        f"all {spell_number(len(named))} servers"
        if is_everyone
        else "".join(span.text for span in enumerate_words(named))
    )


@dataclass(frozen=True, slots=True)
class StylePair:
    """A cell of `def`, its cell of `async`, and their ratio of times: the median over blocks."""

    in_def: CellFinding
    in_async: CellFinding
    ratio: float

    @property
    def waves(self) -> float | None:
        """Return how many waves of threads the models expect, or None if a model is missing."""
        in_def, in_async = self.in_def.model_s, self.in_async.model_s
        return in_def / in_async if in_def and in_async else None


def pair_styles(findings: Findings) -> list[StylePair]:
    """Return every pair of bursts with figures on both sides, in the order of `def`."""
    cells = {finding.cell: finding for finding in findings.cells}
    return [
        StylePair(cells[each.cell], cells[each.against], each.ratio)
        for each in findings.ratios
        if executor_of(each.cell).is_burst
    ]


def pairs_at_knee(knee: Knee, among: Iterable[StylePair]) -> list[StylePair]:
    """Return the pairs that a knee was read from."""
    return [pair for pair in among if pair.in_def.cell.launch == knee.launch and pair.in_def.cell.client == knee.client]


def describe_blocks(findings: Sequence[CellFinding]) -> str:
    """Return how many blocks the figures of these cells come from: `6 blocks`, `up to 6 blocks`, `one block`."""
    blocks = {finding.blocks for finding in findings if finding.blocks}
    most = max(blocks, default=0)
    return f"{'up to ' if len(blocks) > 1 else ''}{most} blocks" if most > 1 else "one block"


def mark(finding: CellFinding, figure: str) -> str:
    """Return a figure with the marks of its cell, or the status if there is no figure."""
    if not finding.blocks:
        return finding.status
    partly = _PARTLY if finding.blocks_failed else ""
    gave_up = _GAVE_UP if finding.gave_up else ""
    return f"{figure}{partly}{gave_up}{BOUND if finding.bound else ''}"


def explain_marks(findings: Sequence[CellFinding]) -> Iterator[Line]:
    """Yield the footnotes for the marks on the figures of these cells."""
    measured = [finding for finding in findings if finding.blocks]
    if any(finding.blocks_failed for finding in measured):
        yield as_line(f"{_PARTLY} Some blocks gave no figure; this covers the others.")
    if gave_up := [finding for finding in measured if finding.gave_up]:
        counts = [line("{} {}", name_point(finding), count_gave_up(finding)) for finding in gave_up]
        yield line("{} Requests gave up waiting (a result, not an error): {}.", _GAVE_UP, join(counts, "; "))
    if note := explain_bound(finding.bound for finding in measured):
        yield as_line(note)


def count_gave_up(finding: CellFinding) -> str:
    """Return how many requests of a cell gave up, over all its blocks."""
    return f"{finding.gave_up} of {finding.ok + finding.errors + finding.gave_up}"


def name_point(finding: CellFinding) -> Line:
    """Return the name of a cell without its conditions: ``uvicorn `def` at 80``."""
    cell = finding.cell
    return line("{} {} at {}", cell.launch.server, code(cell.style), format_load(cell))


def explain_bound(bounds: Iterable[Flag | None]) -> str:
    """Return the footnote for figures with one of these flags; empty if there is none."""
    found = set(bounds)
    flags = [flag for flag in BOUNDS if flag in found]
    if not flags:
        return ""
    limits = " or ".join(f"the {FLAG_WORDS[flag].measured}" for flag in flags)
    return f"{BOUND} {' or '.join(flags).capitalize()}: {limits} was the limit, not the server, so this ranks nothing."


def span_of(figures: Iterable[str], unit: str) -> str:
    """Return the range of figures with their unit: `218 to 240 ms`."""
    return f"{between(figures)} {unit}"


def same_work(one: Cell, other: Cell) -> bool:
    """Return whether the model expects the same of two cells, if their workers share the requests alike."""
    return (one.launch.scenario, one.launch.delay_s, one.launch.workers, one.concurrency) == (
        other.launch.scenario,
        other.launch.delay_s,
        other.launch.workers,
        other.concurrency,
    )
