"""Decision rules that other tools use, on the noise that was recorded: how often they alarm, rightly and wrongly.

Each rule compares a new server with an old one and returns 1 if it claims that the new one is slower, -1 if faster, and
0 if it claims nothing. A rule that has no threshold of its own claims a difference beyond d, the practical difference.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from random import Random
from statistics import fmean, quantiles

from harness.analysis.statistics.rounds import compare_rounds
from simulations.candidates import ratio_of_means
from simulations.noise import make_random
from simulations.resampling import HALF, RecordedBlock, recorded_blocks
from simulations.rows import FactRows, PageTable, Part
from simulations.runs import TWELVE_AT_MOST
from simulations.truth import BEYOND, is_false, is_found
from simulations.windows import CHOSEN, EFFECTS, FOUND_HEADERS, LOADS, MOST, Case, count_verdicts

SAYS = (
    "Rules of other tools on the same recording: how often they claim a difference where there is none, and how often "
    "they find one on the right side. A rule without a threshold of its own claims what lies beyond 5%."
)
OURS = "this harness: 10 windows, 6 to 12 blocks"

Figures = Sequence[float]
Sides = tuple[Figures, Figures]
"""The windows of the new server in one block, and those of the old one."""

Rule = Callable[[Sequence[RecordedBlock], float, Random], int]
"""Decides from blocks that it draws, given the true log ratio of new to old."""

BEST_OF = 3
FEW_BLOCKS = 6
ALARM_FACTOR = 1.1
BOOTSTRAPPED = 4
RESAMPLES = 200
MAY_MISS = 0.05
HISTORY = 30
IQRS = 3


def best_of_three(blocks: Sequence[RecordedBlock], truth: float, rolls: Random) -> int:
    """Compare the best of three launches, each measured in one window."""
    drawn = draw_sides(blocks, BEST_OF, truth, rolls)
    new, old = (min(sides[place][0] for sides in drawn) for place in range(2))
    return _claim(math.log(new / old), BEYOND)


def minimum_of_all(blocks: Sequence[RecordedBlock], truth: float, rolls: Random) -> int:
    """Compare the fastest of all windows of six blocks."""
    drawn = draw_sides(blocks, FEW_BLOCKS, truth, rolls)
    new, old = (min(min(sides[place]) for sides in drawn) for place in range(2))
    return _claim(math.log(new / old), BEYOND)


def factor_of_stored_mean(blocks: Sequence[RecordedBlock], truth: float, rolls: Random) -> int:
    """Alarm if the mean is more than 1.1 times the one that was stored at another time."""
    ((new, _),), ((old, _),) = draw_sides(blocks, 1, truth, rolls), draw_sides(blocks, 1, 0.0, rolls)
    return int(fmean(new) > ALARM_FACTOR * fmean(old))


def factor_of_mean(blocks: Sequence[RecordedBlock], truth: float, rolls: Random) -> int:
    """Alarm if the mean is more than 1.1 times that of the old server, measured in the same block."""
    ((new, old),) = draw_sides(blocks, 1, truth, rolls)
    return int(fmean(new) > ALARM_FACTOR * fmean(old))


def bootstrap_four_rounds(blocks: Sequence[RecordedBlock], truth: float, rolls: Random) -> int:
    """Claim a difference if the 95% bootstrap interval of the mean of four rounds of one block leaves out 1."""
    ((new, old),) = draw_sides(blocks, 1, truth, rolls)
    logs = compare_rounds(new[:BOOTSTRAPPED], old[:BOOTSTRAPPED])
    means = sorted(fmean(rolls.choices(logs, k=BOOTSTRAPPED)) for _ in range(RESAMPLES))
    beyond = round(MAY_MISS / 2 * RESAMPLES)
    return int(means[beyond - 1] > 0) - int(means[-beyond] < 0)


def outlier_of_history(blocks: Sequence[RecordedBlock], truth: float, rolls: Random) -> int:
    """Claim a difference beyond Q3 + 3 IQR of the differences that thirty comparisons of the same server had before."""
    *before, now = draw_sides(blocks, HISTORY + 1, 0.0, rolls)
    lower, _, upper = quantiles([abs(ratio_of_means(*sides)) for sides in before], n=4, method="inclusive")
    return _claim(truth + ratio_of_means(*now), upper + IQRS * (upper - lower))


RULES: dict[str, Rule] = {
    "best of 3: the minima of 3 launches, one window each, differ by more than 5%": best_of_three,
    "minimum: the minima of all windows of 6 blocks differ by more than 5%": minimum_of_all,
    "factor 1.1: the mean of a launch is beyond 1.1 times a stored mean": factor_of_stored_mean,
    "factor 1.1: the same, but both launches in one block": factor_of_mean,
    "bootstrap: the 95% interval over 4 rounds of one block leaves out 1": bootstrap_four_rounds,
    "outlier: beyond Q3 + 3 IQR of 30 earlier differences, each of one block": outlier_of_history,
}


def simulate(trials: int) -> Part:
    """Count the alarms of each rule, with and without a difference."""
    few = max(1, trials // 5)
    rows = [row for load in LOADS for row in (_judge(load, few), *_apply_rules(load, few))]
    headers = ("rule", "false alarms", *FOUND_HEADERS)
    return Part("What would the rules of other tools say?", (PageTable(SAYS, FactRows(headers, rows)),))


def _judge(load: str, trials: int) -> tuple[str, ...]:
    case = Case(load, CHOSEN, MOST)
    false = count_verdicts(case, TWELVE_AT_MOST, 0.0, is_false, trials)
    found = [count_verdicts(case, TWELVE_AT_MOST, effect, is_found, trials) for effect in EFFECTS]
    return f"{load}, {OURS}", *(f"{share.value:.1%}" for share in (false, *found))


def _apply_rules(load: str, trials: int) -> Iterator[tuple[str, ...]]:
    blocks = recorded_blocks(LOADS[load])
    for name, rule in RULES.items():
        rolls = make_random(f"rules: {load}, {name}")
        alarms = sum(rule(blocks, 0.0, rolls) != 0 for _ in range(trials))
        found = [sum(rule(blocks, math.log1p(effect), rolls) > 0 for _ in range(trials)) for effect in EFFECTS]
        yield f"{load}, {name}", *(f"{hits / trials:.1%}" for hits in (alarms, *found))


def draw_sides(blocks: Sequence[RecordedBlock], count: int, truth: float, rolls: Random) -> list[Sides]:
    """Return both sides of blocks that follow each other, with a random one as the new server."""
    first = rolls.randrange(len(blocks))
    return [_draw_sides(blocks[(first + place) % len(blocks)], truth, rolls) for place in range(count)]


def _draw_sides(block: RecordedBlock, truth: float, rolls: Random) -> Sides:
    one, other = [each.figure for each in block], [each.against for each in block]
    new, old = (one, other) if rolls.random() < HALF else (other, one)
    return [figure * math.exp(truth) for figure in new], old


def _claim(log_ratio: float, beyond: float) -> int:
    return int(log_ratio > beyond) - int(log_ratio < -beyond)
