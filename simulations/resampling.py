"""Runs drawn from a recording: its noise is real, and their truth is known.

Rule 1: a block is drawn whole, with both sides as recorded, so what windows, rounds and launches share stays as it is.
Rule 2: the blocks of a run follow each other in the recording, from a random one on; after the last comes the first.
A machine that is busy for minutes is so for several blocks of a run.
Rule 3: which side is which is drawn anew for every block; both are the same server, so the true ratio is 1. A true
ratio of 1.05 is made by taking every figure of one side times 1.05.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain, cycle
from random import Random
from statistics import fmean

from harness.model.flags import MOST_FOREIGN_CPU
from harness.model.groups import group_by
from simulations.candidates import Combine
from simulations.recording import RecordedWindow, Recording, read_recording
from simulations.runs import Blocks

HALF = 0.5


@dataclass(frozen=True, slots=True)
class Round:
    """The figures of one round, of the launch that started first and `against` it of the other.

    `foreign` is the most that others used of the machine in one of both windows.
    """

    figure: float
    against: float
    foreign: float


RecordedBlock = Sequence[Round]
Logs = Sequence[Sequence[float]]
"""The log ratios that each recorded block may give."""

Choose = Callable[[RecordedBlock], RecordedBlock]
"""Chooses rounds of a block, at least one."""


def keep_all(rounds: RecordedBlock) -> RecordedBlock:
    """Return all rounds."""
    return rounds


def drop_busy(rounds: RecordedBlock) -> RecordedBlock:
    """Return the rounds without the flag `busy-host` on either side, all of them if none is left."""
    return [each for each in rounds if each.foreign <= MOST_FOREIGN_CPU] or rounds


def take_calmer_half(rounds: RecordedBlock) -> RecordedBlock:
    """Return the half of the rounds, rounded up, in which others used least of the machine."""
    return sorted(rounds, key=lambda each: each.foreign)[: math.ceil(len(rounds) / 2)]


@dataclass(frozen=True, slots=True)
class Method:
    """A way from the rounds of a block to its log ratio."""

    name: str
    combine: Combine
    choose: Choose = keep_all

    def log_ratio(self, rounds: RecordedBlock) -> float:
        """Return the log ratio of a block."""
        chosen = self.choose(rounds)
        return self.combine([each.figure for each in chosen], [each.against for each in chosen])


@cache
def recorded_blocks(kind: str) -> tuple[RecordedBlock, ...]:
    """Return all blocks of one kind of load in the recording of this repository."""
    return group_blocks(read_recording(), kind)


def group_blocks(recording: Recording, kind: str) -> tuple[RecordedBlock, ...]:
    """Return the blocks of one kind of load, in the order of their numbers, each with its rounds in order."""
    by_block = group_by((one for one in recording.windows if one.kind == kind), lambda window: window.block)
    return tuple(_pair(windows) for _, windows in sorted(by_block.items()))


def _pair(windows: Sequence[RecordedWindow]) -> RecordedBlock:
    one, other = ({each.round_number: each for each in windows if each.started == started} for started in (1, 2))
    return tuple(
        Round(one[number].cost_us, other[number].cost_us, max(one[number].foreign, other[number].foreign))
        for number in sorted(one)
    )


def pair_blocks_apart(blocks: Sequence[RecordedBlock], apart: int) -> list[RecordedBlock]:
    """Return blocks whose second side was measured so many blocks later, as if the servers took turns by the launch."""
    return [
        [Round(one.figure, later.against, max(one.foreign, later.foreign)) for one, later in zip(*both, strict=True)]
        for both in zip(blocks, blocks[apart:], strict=False)
    ]


def take_calm_blocks(blocks: Sequence[RecordedBlock]) -> list[RecordedBlock]:
    """Return the quarter of the blocks in which others used least of the machine."""
    calmest_first = sorted(blocks, key=lambda block: fmean(each.foreign for each in block))
    return calmest_first[: math.ceil(len(blocks) / 4)]


def slow_down(rounds: RecordedBlock, place: int, factor: float) -> RecordedBlock:
    """Return a block in which the launch that started first took longer by a factor in one round."""
    slow = replace(rounds[place], figure=rounds[place].figure * factor)
    return [*rounds[:place], slow, *rounds[place + 1 :]]


def list_log_ratios(blocks: Sequence[RecordedBlock], method: Method, rounds: int) -> Logs:
    """Return the log ratios of each block with this many rounds: one for each round from which on they may be taken."""
    return [
        [method.log_ratio(block[first : first + rounds]) for first in range(len(block) - rounds + 1)]
        for block in blocks
    ]


def draw_run(logs: Logs, truth: float, rolls: Random) -> Blocks:
    """Yield the blocks of a run, forever, of one comparison with this true log ratio (Rules 2 and 3)."""
    first = rolls.randrange(len(logs))
    for block in chain(logs[first:], cycle(logs)):
        # All ways to a log ratio turn its sign if the sides are swapped.
        off = rolls.choice(block)
        yield [truth + (off if rolls.random() < HALF else -off)]
