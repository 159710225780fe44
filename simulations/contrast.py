"""Simpler ways to a verdict, and what they get wrong."""

from collections.abc import Callable, Sequence
from math import log
from random import Random
from statistics import fmean

from harness.analysis.statistics.estimates import estimate
from harness.analysis.statistics.verdicts import FASTER, SLOWER, verdict_of
from simulations.coverage import FEWEST, MOST, interval_holds
from simulations.noise import DRIFT, STALLS, Machine, Noise, make_random
from simulations.rows import PageTable, Part, Row, Share
from simulations.runs import DIFFERENCE, first_ratios, simulate_blocks
from simulations.truth import BEYOND

SAYS = (
    "The same noise, and simpler ways of coming to a verdict. None of them is used; they are here to show what "
    "each rule is for. An interval misses where it leaves out the truth. The last row is what no rule here helps "
    "against."
)
RESAMPLES = 400
CARRIED_OVER = 0.5


def simulate(trials: int) -> Part:
    """Count what goes wrong without each rule."""
    few = max(1, trials // 2)
    rows = (
        ("the same thing twice, one block: one number is smaller by more than 5% (stalls)", trials, _one_block_differs),
        ("10% slower, one block: its number is the smaller one all the same (stalls)", trials, _one_block_is_wrong),
        (
            "the same thing twice, all blocks of one before all of the other: *faster* or *slower* (drift)",
            trials,
            _in_turn,
        ),
        ("percentile bootstrap of the mean, nominal 95%, 5 blocks: misses (stalls)", few, _bootstrap_5),
        ("percentile bootstrap of the mean, nominal 95%, 10 blocks: misses (stalls)", few, _bootstrap_10),
        (
            "the interval of one look, looked at after each of 6 to 30 blocks: ever misses (stalls)",
            trials,
            _peeking,
        ),
        ("8 comparisons at the whole 5% each, 20 blocks: one of them misses (stalls)", few, _unadjusted_8),
        ("40 comparisons at the whole 5% each, 20 blocks: one of them misses (stalls)", few, _unadjusted_40),
        (
            "a server that carries half of its noise over to the next block, 20 blocks: misses",
            trials,
            _carrying,
        ),
    )
    return Part("What goes wrong without all this?", (PageTable(SAYS, [_row(*row) for row in rows]),))


def _row(what: str, trials: int, goes_wrong: Callable[[Random], bool]) -> Row:
    rolls = make_random(f"contrast: {what}")
    return Row(what, Share(sum(goes_wrong(rolls) for _ in range(trials)), trials))


def _logs(noise: Noise, blocks: int, rolls: Random) -> list[float]:
    return first_ratios(simulate_blocks(Machine(noise, rolls), [0.0]), blocks)


def _one_block_differs(rolls: Random) -> bool:
    return abs(_logs(STALLS, 1, rolls)[0]) > BEYOND


def _one_block_is_wrong(rolls: Random) -> bool:
    return log(1.1) + _logs(STALLS, 1, rolls)[0] < 0


def _in_turn(rolls: Random) -> bool:
    machine = Machine(DRIFT, rolls)
    one, other = (_one_after_the_other(machine, 10) for _ in range(2))
    logs = [log_a - log_b for log_a, log_b in zip(one, other, strict=True)]
    return verdict_of(estimate(logs), DIFFERENCE) in (FASTER, SLOWER)


def _one_after_the_other(machine: Machine, blocks: int) -> list[float]:
    logs = []
    for _ in range(blocks):
        machine.begin_block()
        logs.append(machine.cell(machine.launch()))
    return logs


def _bootstrap_5(rolls: Random) -> bool:
    return _bootstrap_misses(_logs(STALLS, 5, rolls), rolls)


def _bootstrap_10(rolls: Random) -> bool:
    return _bootstrap_misses(_logs(STALLS, 10, rolls), rolls)


def _bootstrap_misses(logs: Sequence[float], rolls: Random) -> bool:
    means = sorted(fmean(rolls.choices(logs, k=len(logs))) for _ in range(RESAMPLES))
    beyond = round(0.025 * RESAMPLES)
    return means[beyond - 1] > 0 or means[-beyond] < 0


def _peeking(rolls: Random) -> bool:
    logs = _logs(STALLS, MOST, rolls)
    return not all(interval_holds(logs[:blocks]) for blocks in range(FEWEST, MOST + 1))


def _unadjusted_8(rolls: Random) -> bool:
    return _any_misses(8, rolls)


def _unadjusted_40(rolls: Random) -> bool:
    return _any_misses(40, rolls)


def _any_misses(comparisons: int, rolls: Random) -> bool:
    return not all(interval_holds(_logs(STALLS, 20, rolls)) for _ in range(comparisons))


def _carrying(rolls: Random) -> bool:
    """Simulate a first-order autoregression on one side only, so that no ratio removes it."""
    carried, logs = 0.0, []
    for off in _logs(STALLS, 20, rolls):
        carried = CARRIED_OVER * carried + off
        logs.append(carried)
    return not interval_holds(logs)
