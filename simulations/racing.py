"""Racing: after the fewest blocks only open comparisons are measured, and closed ones keep their verdicts.

Rule 1: after each block from the fewest on, all declared comparisons are judged together (Holm), each with as many
blocks as it has. One that has a verdict is closed: it gets no more blocks, and keeps that verdict.
Rule 2: the A/A control is measured in every block, for it has to show the noise of all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from math import log
from statistics import fmean

from harness.analysis.statistics.verdicts import Judged, Verdict, judge
from harness.analysis.stopping import is_decided
from simulations.false_verdicts import COMPANY, EIGHT, FAMILIES, FORTY
from simulations.noise import DRIFT, LIGHT, STUDENT, Machine, Noise, make_random
from simulations.rows import FALSE_AT_MOST, FactRows, PageTable, Part, Row, Share
from simulations.runs import (
    DIFFERENCE,
    TWELVE_AT_MOST,
    UNTIL_DECIDED,
    Blocks,
    Design,
    Layout,
    draw_against_baseline,
    draw_apart,
    simulate_blocks,
    simulate_run,
)
from simulations.truth import any_false

KEPT = (
    "After the fewest blocks only open comparisons get more blocks, together with the A/A control. A comparison is "
    "closed at its first verdict and keeps it. All comparisons are judged together after each block (Holm), each with "
    "as many blocks as it has. Counted is how often *any* verdict is false, either when its comparison was closed or "
    "when all are judged again at the end of the run. The bound holds because each interval holds at every look, "
    "however the number of its blocks comes about. So it does where the cells of a closed comparison are measured on "
    "for another one, and it is judged on these blocks, too: the extreme of that is a run without racing, as above."
)
SAVED = (
    "The cells that such a run measures, with and without racing: two for each comparison in a block, and two for the "
    "control. Without racing, a run measures everything until all comparisons have a verdict at the same look."
)
CONTROL_CELLS = 2

NOTHING = {"8 at 1": [0.0] * EIGHT, "40 at 1": [0.0] * FORTY}
DOUBLED = {"8 at 2": [log(2)] * EIGHT}


@dataclass(frozen=True, slots=True)
class Race:
    """The verdict with which each comparison was closed, or its last one, and the number of blocks that it took.

    `again` has the verdicts on all blocks of all comparisons when the race was over.
    """

    judged: Sequence[Judged]
    again: Sequence[Judged]
    taken: Sequence[int]


def run_race(blocks: Blocks, design: Design) -> Race:
    """Measure and judge as Rule 1 says."""
    log_ratios: list[list[float]] = []
    judged: list[Judged] = []
    closed: dict[int, Judged] = {}
    for number, block in enumerate(islice(blocks, design.most), start=1):
        log_ratios = log_ratios or [[] for _ in block]
        for place, off in enumerate(block):
            if place not in closed:
                log_ratios[place].append(off)
        if number < design.least:
            continue
        judged = judge(log_ratios, DIFFERENCE, sequential=design.is_sequential)
        closed = {place: one for place, one in enumerate(judged) if is_decided([one])} | closed
        if len(closed) == len(judged):
            break
    return Race([closed.get(place, one) for place, one in enumerate(judged)], judged, list(map(len, log_ratios)))


def count_cells(taken: Sequence[int]) -> int:
    """Return how many cells are measured where comparisons take this many blocks, with the control in each block."""
    return 2 * sum(taken) + CONTROL_CELLS * max(taken)


def simulate(trials: int) -> Part:
    """Count the false verdicts of races, and the cells that they save."""
    nothing = [
        _count_false(name, noise, design, trials, layout)
        for name, noise, design, layout in (
            ("8 at 1", DRIFT, TWELVE_AT_MOST, draw_apart),
            ("8 at 1", DRIFT, UNTIL_DECIDED, draw_apart),
            ("8 at 1", LIGHT, UNTIL_DECIDED, draw_apart),
            ("8 at 1", STUDENT, UNTIL_DECIDED, draw_apart),
            ("8 at 1", DRIFT, UNTIL_DECIDED, draw_against_baseline),
            ("40 at 1", DRIFT, UNTIL_DECIDED, draw_apart),
            ("40 at 1", DRIFT, UNTIL_DECIDED, draw_against_baseline),
        )
    ]
    mixed = [_count_false(name, DRIFT, UNTIL_DECIDED, trials) for name in FAMILIES]
    saved = [_compare_cells(name, noise, design, max(1, trials // 50)) for name, noise, design in _SAVING]
    headers = ("comparisons", "cells without", "cells with racing", "saved", "decided without", "decided with racing")
    return Part(
        "Does racing keep the promise, and what does it save?",
        (PageTable(KEPT, [*nothing, *mixed]), PageTable(SAVED, FactRows(headers, saved))),
    )


_TRUTHS = NOTHING | DOUBLED | FAMILIES
_SAVING = [
    (name, noise, design)
    for name in ("8 at 1", "8 at 2", "1 at 1, 7 at 2", "4 at d, 4 at 2")
    for noise in (LIGHT, DRIFT)
    for design in (TWELVE_AT_MOST, UNTIL_DECIDED)
]


def _count_false(name: str, noise: Noise, design: Design, trials: int, layout: Layout = draw_apart) -> Row:
    what, truths = f"{name}{COMPANY[layout]}: {design.says}, {noise.name}", _TRUTHS[name]
    rolls = make_random(f"racing: {what}")
    fewer = max(1, trials // (10 if len(truths) > EIGHT else 5))
    races = (run_race(simulate_blocks(Machine(noise, rolls), truths, layout), design) for _ in range(fewer))
    hits = sum(any_false(race.judged, truths) or any_false(race.again, truths) for race in races)
    return Row(what, Share(hits, fewer), FALSE_AT_MOST)


def _compare_cells(name: str, noise: Noise, design: Design, trials: int) -> tuple[str, ...]:
    what, truths = f"{name}: {design.says}, {noise.name}", _TRUTHS[name]
    rolls = make_random(f"racing, cells: {what}")
    races = [run_race(simulate_blocks(Machine(noise, rolls), truths), design) for _ in range(trials)]
    runs = [simulate_run(simulate_blocks(Machine(noise, rolls), truths), design) for _ in range(trials)]
    raced = fmean(count_cells(race.taken) for race in races)
    unraced = fmean(count_cells([blocks] * len(truths)) for _, blocks in runs)
    decided = [_share_decided(judged) for judged in ([judged for judged, _ in runs], [race.judged for race in races])]
    return what, f"{unraced:.0f}", f"{raced:.0f}", f"{1 - raced / unraced:.0%}", *(f"{share:.0%}" for share in decided)


def _share_decided(runs: Sequence[Sequence[Judged]]) -> float:
    return fmean(one.verdict is not Verdict.UNDECIDED for judged in runs for one in judged)
