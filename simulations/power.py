"""How often a real difference is found with a number of blocks, and how many blocks a run takes."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from math import ceil, log
from statistics import median

from harness.analysis.statistics.estimates import MAY_MISS, blocks_for_an_interval
from harness.analysis.statistics.verdicts import SAME, SLOWER, UNDECIDED, Judged
from simulations.noise import DRIFT, LIGHT, NOISES, STALLS, Machine, Noise, make_random
from simulations.rows import FOUND_AT_LEAST, FactRows, PageTable, Part, Row, Share
from simulations.runs import SIX, TEN, TWENTY, UNTIL_DECIDED, Design, simulate_blocks, simulate_run
from simulations.truth import is_found

FOUND = (
    "A true ratio of 1.10, and how often it is found: called *slower* or *differs*, with the ratio on the right "
    "side of 1. Promised is at least 90% at ten blocks under light noise; the other rows show what stalls and "
    "heavy tails cost."
)
CALLED = (
    "The same true ratio of 1.10, and how often it is called *slower*, which says that it lies beyond 5%; a ratio "
    "of 2; and how often the same thing twice (a ratio of 1) is called *same within d*."
)
LONG = (
    "How many blocks a run with `blocks: {min: 6, max: 30}` takes, by the true ratio of all its comparisons: the "
    "median, the 90th percentile, and the share of runs that ended with all of them decided. What lies at d "
    "itself (1.05) can only be called *differs*."
)
FEWEST = (
    "Not simulated but reckoned: the fewest blocks with which any of so many comparisons declared together can "
    "have a verdict at all."
)

RATIOS = (1.0, 1.02, 1.05, 1.10, 2.0)
COMPARISONS = (1, 2, 8, 40, 100)


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a comparison: its name, and whether a verdict on a true log ratio answers it with yes."""

    name: str
    is_so: Callable[[Judged, float], bool]


FIND = Question("found", is_found)
SLOW = Question("called slower", lambda judged, _: judged.verdict == SLOWER)
ALIKE = Question("called same within d", lambda judged, _: judged.verdict == SAME)


def simulate(trials: int) -> Part:
    """Count how often true differences are found, and how long that takes."""
    found = [_row(FIND, 1.10, design, noise, trials) for design, noise in product((TEN, TWENTY), NOISES)]
    called = [
        _row(question, ratio, design, noise, trials)
        for noise in (LIGHT, STALLS)
        for question, ratio, design in (
            (SLOW, 1.10, TEN),
            (SLOW, 1.10, TWENTY),
            (SLOW, 2.0, SIX),
            (ALIKE, 1.0, SIX),
            (ALIKE, 1.0, TEN),
            (ALIKE, 1.0, TWENTY),
        )
    ]
    lengths = [
        _length(ratio, comparisons, noise, max(1, trials // 10))
        for noise, comparisons, ratio in product((LIGHT, DRIFT), (1, 8), RATIOS)
    ]
    fewest = [_fewest(comparisons) for comparisons in COMPARISONS]
    return Part(
        "Is a difference found, and how long does it take?",
        (
            PageTable(FOUND, found),
            PageTable(CALLED, called),
            PageTable(LONG, FactRows(("ratio", "declared", "noise", "median", "90%", "decided", "trials"), lengths)),
            PageTable(FEWEST, FactRows(("declared", "fixed number of blocks", "until decided"), fewest)),
        ),
    )


def _row(question: Question, ratio: float, design: Design, noise: Noise, trials: int) -> Row:
    what = f"{ratio:.2f} {question.name}: {design.says}, {noise.name}"
    rolls = make_random(f"power: {what}")
    truth = log(ratio)
    hits = sum(
        question.is_so(simulate_run(simulate_blocks(Machine(noise, rolls), [truth]), design)[0][0], truth)
        for _ in range(trials)
    )
    return Row(what, Share(hits, trials), FOUND_AT_LEAST if question is FIND and noise is LIGHT else None)


def _length(ratio: float, comparisons: int, noise: Noise, trials: int) -> tuple[str, ...]:
    rolls = make_random(f"length: {ratio}, {comparisons}, {noise.name}")
    truths = [log(ratio)] * comparisons
    runs = [simulate_run(simulate_blocks(Machine(noise, rolls), truths), UNTIL_DECIDED) for _ in range(trials)]
    taken = sorted(blocks for _, blocks in runs)
    decided = sum(all(found.verdict != UNDECIDED for found in judged) for judged, _ in runs)
    return (
        f"{ratio:.2f}",
        f"{comparisons}",
        noise.name,
        f"{median(taken):g}",
        f"{taken[ceil(0.9 * trials) - 1]}",
        f"{decided / trials:.1%}",
        f"{trials:,}",
    )


def _fewest(comparisons: int) -> tuple[str, ...]:
    share = MAY_MISS / comparisons
    once, ever = (blocks_for_an_interval(share, sequential=sequential) for sequential in (False, True))
    return f"{comparisons}", f"{once}", f"{ever}"
