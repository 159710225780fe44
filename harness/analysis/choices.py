"""What there is to choose from: what each style and thread limit takes for one large burst, measured or by the model.

The burst is the largest that fills its last wave of threads, so that it tells limits apart and flatters none.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from harness.analysis.expected import bends_at_the_limit, expected_s, waits_for_the_limit
from harness.analysis.findings import CellFinding, Choice, LaunchFinding, Option
from harness.model.journal import InForce
from harness.model.plan import BURST, Cell, Launch, ThreadLimit

Conditions = tuple[str, float | None, int, str]
"""Scenario, delay, workers and client."""


def choice(cells: Iterable[CellFinding], launches: Mapping[Launch, LaunchFinding]) -> Choice | None:
    """The options under the conditions of the largest burst of `def`, the engine's before those of other clients."""
    alike: dict[Conditions, list[CellFinding]] = {}
    for finding in cells:
        by_the_limit = finding.model_s is not None and bends_at_the_limit(finding.cell.launch.scenario)
        if finding.cell.executor == BURST and by_the_limit:
            alike.setdefault(_conditions(finding.cell), []).append(finding)
    bursts = {conditions: size for conditions, found in alike.items() if (size := _largest(found)) is not None}
    if not bursts:
        return None
    chosen = max(bursts, key=lambda conditions: (bursts[conditions], conditions[-1] == "engine"))
    found, concurrency = alike[chosen], bursts[chosen]
    in_force = {launch: started.in_force for launch, started in launches.items() if started.in_force is not None}
    options = (*_measured(found, in_force, concurrency), *_enough(found, in_force, concurrency))
    return Choice(found[0].cell.launch, found[0].cell.client, concurrency, options)


def _conditions(cell: Cell) -> Conditions:
    return cell.launch.scenario, cell.launch.delay_s, cell.launch.workers, cell.client


def _largest(found: Sequence[CellFinding]) -> int | None:
    """The most requests of `def` that fill their last wave, or the most of all where none do."""
    in_def = [finding for finding in found if finding.cell.style == "def" and finding.limiter_tokens]
    full = [finding.cell.concurrency for finding in in_def if finding.cell.concurrency % _threads(finding) == 0]
    return max(full or [finding.cell.concurrency for finding in in_def], default=None)


def _threads(finding: CellFinding) -> int:
    return (finding.limiter_tokens or 1) * finding.cell.launch.workers


def _measured(found: Iterable[CellFinding], in_force: Mapping[Launch, InForce], concurrency: int) -> Iterator[Option]:
    """The styles as they were measured, and for each limit where a style waits for it."""
    alike: dict[tuple[str, ThreadLimit | None], list[CellFinding]] = {}
    for finding in found:
        limit = finding.cell.launch.thread_limit if waits_for_the_limit(finding.cell) else None
        alike.setdefault((finding.cell.style, limit), []).append(finding)
    for (style, limit), those in alike.items():
        cell = those[0].cell
        took_s = sorted(
            one.median_s
            for one in those
            if one.cell.concurrency == concurrency and one.median_s is not None and not one.bound
        )
        expected = _expected_s(cell, in_force[cell.launch], concurrency)
        threads = None if limit is None else in_force[cell.launch].limiter_tokens
        yield Option(style, limit, threads, tuple(took_s), expected)


def _enough(found: Sequence[CellFinding], in_force: Mapping[Launch, InForce], concurrency: int) -> Iterator[Option]:
    """`def` with a thread for each request, where no limit that was measured has as many."""
    in_def = [finding.cell for finding in found if finding.cell.style == "def"]
    threads = math.ceil(concurrency / in_def[0].launch.workers)
    if all(in_force[cell.launch].limiter_tokens < threads for cell in in_def):
        cell, started = in_def[0], replace(in_force[in_def[0].launch], limiter_tokens=threads)
        yield Option("def", threads, threads, (), _expected_s(cell, started, concurrency))


def _expected_s(cell: Cell, in_force: InForce, concurrency: int) -> float:
    """What the model expects of so many requests, shared evenly by the workers."""
    expected = expected_s(cell, in_force, math.ceil(concurrency / cell.launch.workers))
    assert expected is not None  # only cells that have a model are looked at
    return expected
