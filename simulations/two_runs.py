"""How often a verdict on two separate runs is false, and the effect of one being noisier."""

from collections.abc import Iterator, Sequence
from itertools import product, repeat

from harness.analysis.statistics.two_samples import shift
from harness.analysis.two_runs import judge_apart
from simulations.noise import DRIFT, NOISES, Machine, Noise, make_random
from simulations.rows import FALSE_AT_MOST, PageTable, Part, Row, Share
from simulations.runs import DIFFERENCE
from simulations.truth import any_false

GROUPS = 9
BLOCKS = (6, 10)
TIMES_AS_NOISY = 3
NOISIER = ((6, 6), (10, 10), (6, 30))
"""How many blocks the noisier run has, and how many the other."""

SAME_TWICE = (
    f"Two runs of the same {GROUPS} styles of servers, each run on a machine of its own, held against each other as "
    f"`compare` does: how often *any* of the {GROUPS} is called anything but *same within d* or *undecided*. Nothing "
    "is promised under drift: what it leaves in a block all later ones have, and no block measures both runs, so that "
    "a ratio could take it out. This is why two runs are context and no evidence."
)
ONE_NOISIER = (
    f"The same where the noise of one run has a standard deviation {TIMES_AS_NOISY} times that of the other (normal "
    "noise): how often the 95% interval of a single figure misses that there is no difference. The interval takes "
    "noise of one shape for granted, so no promise is made."
)


def simulate(trials: int) -> Part:
    """Count false verdicts on two runs, and intervals that miss."""
    same = [_same_twice(noise, blocks, trials) for noise, blocks in product(NOISES, BLOCKS)]
    noisier = [_one_noisier(noisy, other, trials) for noisy, other in NOISIER]
    return Part("What may be said of two runs?", (PageTable(SAME_TWICE, same), PageTable(ONE_NOISIER, noisier)))


def _same_twice(noise: Noise, blocks: int, trials: int) -> Row:
    what = f"{GROUPS} styles: {blocks} against {blocks} blocks, {noise.name}"
    rolls = make_random(f"two runs: {what}")
    hits = 0
    for _ in range(trials):
        before, after = (_run(Machine(noise, rolls), blocks) for _ in range(2))
        judged = judge_apart(list(zip(before, after, strict=True)), DIFFERENCE)
        hits += any_false(judged, [0.0] * GROUPS)
    return Row(what, Share(hits, trials), None if noise is DRIFT else FALSE_AT_MOST)


def _run(machine: Machine, blocks: int) -> list[list[float]]:
    """Return the logarithms of the cost of each style, one per block."""
    return [list(logs) for logs in zip(*_blocks(machine, blocks), strict=True)]


def _blocks(machine: Machine, blocks: int) -> Iterator[Sequence[float]]:
    for groups in repeat(GROUPS, blocks):
        machine.begin_block()
        yield [machine.cell(machine.launch()) for _ in range(groups)]


def _one_noisier(noisy: int, other: int, trials: int) -> Row:
    what = f"{noisy} noisier blocks against {other}: the interval misses"
    rolls = make_random(f"two runs: {what}")
    hits = 0
    for _ in range(trials):
        found = shift(
            [rolls.gauss(0.0, TIMES_AS_NOISY) for _ in range(noisy)], [rolls.gauss(0.0, 1.0) for _ in range(other)]
        )
        hits += found.low is None or found.high is None or not found.low <= 0.0 <= found.high
    return Row(what, Share(hits, trials))
