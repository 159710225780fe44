"""How often an interval holds the truth: at one look, and at every look after each block."""

from collections.abc import Sequence

from harness.analysis.statistics.estimates import estimate
from simulations.noise import DRIFT, LIGHT, NOISES, Machine, Noise, make_random
from simulations.rows import COVERS_ALWAYS, COVERS_AT_LEAST, PageTable, Part, Row, Share
from simulations.runs import first_ratios, simulate_blocks

FEWEST, MOST, VERY_MOST = 6, 30, 100
ONE_LOOK = (
    "One look after so many blocks, at one comparison whose true ratio is 1: how often its interval, whose "
    "nominal level is 95%, holds the truth. Promised is at least 93%."
)
EVERY_LOOK = (
    "A look after each block, with the intervals of `blocks: {min: 6, max: 30}`: how often *all* of them hold the "
    "truth. Promised is at least 95%, whenever one stops."
)


def simulate(trials: int) -> Part:
    """Count how often intervals hold the truth, under all kinds of noise."""
    once = [_once(noise, blocks, trials) for noise in NOISES for blocks in (6, 10, 20)]
    always = [_always(noise, MOST, trials) for noise in NOISES]
    longer = [_always(noise, VERY_MOST, trials) for noise in (LIGHT, DRIFT)]
    return Part("Do intervals hold the truth?", (PageTable(ONE_LOOK, once), PageTable(EVERY_LOOK, [*always, *longer])))


def _once(noise: Noise, blocks: int, trials: int) -> Row:
    what = f"{blocks} blocks, {noise.name}"
    rolls = make_random(f"coverage: {what}")
    hits = sum(
        interval_holds(first_ratios(simulate_blocks(Machine(noise, rolls), [0.0]), blocks)) for _ in range(trials)
    )
    return Row(what, Share(hits, trials), COVERS_AT_LEAST)


def _always(noise: Noise, most: int, trials: int) -> Row:
    what = f"every look from {FEWEST} to {most} blocks, {noise.name}"
    rolls = make_random(f"coverage: {what}")
    hits = sum(_hold_always(first_ratios(simulate_blocks(Machine(noise, rolls), [0.0]), most)) for _ in range(trials))
    return Row(what, Share(hits, trials), COVERS_ALWAYS)


def _hold_always(logs: Sequence[float]) -> bool:
    return all(interval_holds(logs[:blocks], sequential=True) for blocks in range(FEWEST, len(logs) + 1))


def interval_holds(logs: Sequence[float], *, sequential: bool = False) -> bool:
    """Return whether the interval of these log ratios holds a true ratio of 1; no interval claims nothing."""
    found = estimate(logs, sequential=sequential)
    return found.low is None or found.high is None or found.low <= 0 <= found.high
