"""The noise of a simulated machine.

Rule 1: every cell is off by a factor of its own: lognormal, 3% up or down. With stalls, every tenth cell also takes up
to half as long again. Student's t with two degrees of freedom, which has no variance, stands for even heavier tails.
Rule 2: every launch is off by a factor of its own (lognormal, 2%), which all its cells share.
Rule 3: the machine drifts: each block leaves it slower by 2% and by a step of a random walk (5%). Each cell sees the
part of the step that matches its place in the shuffled block. The drift of earlier blocks is the same for both sides of
a ratio; of the current step, they have different shares.
Rule 4: there is nothing else: once the ratio removes the drift, blocks are independent.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

BODY = 0.03
STALLED_CELLS = 0.1
LONGEST_STALL = 0.5
LAUNCH = 0.02
WALK = 0.05
TREND = 0.02


@dataclass(frozen=True, slots=True)
class Noise:
    """One kind of noise: how far off a cell is by itself, as a logarithm, and the standard deviations of the rest.

    `launch` is that of what the cells of one launch share, `walk` that of the steps between blocks, `trend` their mean.
    """

    name: str
    says: str
    of_cell: Callable[[Random], float]
    launch: float = 0.0
    walk: float = 0.0
    trend: float = 0.0


class Machine:
    """A machine during a run, with its drift so far."""

    def __init__(self, noise: Noise, rolls: Random) -> None:
        self._noise = noise
        self._rolls = rolls
        self._level = 0.0
        self._step = 0.0

    def begin_block(self) -> None:
        self._level += self._step
        self._step = self._rolls.gauss(self._noise.trend, self._noise.walk) if self._noise.walk else 0.0

    def launch(self) -> float:
        """Start a launch; return how far off all its cells are."""
        return self._rolls.gauss(0.0, self._noise.launch) if self._noise.launch else 0.0

    def cell(self, launch: float) -> float:
        """Return the logarithm of the noise factor of a cell of this launch."""
        return launch + self._noise.of_cell(self._rolls) + self._level + self._step * self._rolls.random()


def make_random(seed: str) -> Random:
    """Return a generator that gives the same numbers for the same seed every time; no secret depends on them."""
    return Random(seed)  # noqa: S311


def _body(rolls: Random) -> float:
    return rolls.gauss(0.0, BODY)


def _stalls(rolls: Random) -> float:
    stall = math.log1p(rolls.uniform(0.0, LONGEST_STALL)) if rolls.random() < STALLED_CELLS else 0.0
    return rolls.gauss(0.0, BODY) + stall


def _student(rolls: Random) -> float:
    # Half a chi-squared of two degrees of freedom is exponential; a t is a Gaussian over the root of it.
    return rolls.gauss(0.0, BODY) / math.sqrt(rolls.expovariate(1.0))


LIGHT = Noise("light", "every cell is off by a lognormal factor of 3%, and that is all", _body)
STALLS = Noise(
    "stalls",
    "the same 3%; in a tenth of the cells a stall of up to half as long again; and 2% of its own for every launch, "
    "which all its cells share",
    _stalls,
    launch=LAUNCH,
)
STUDENT = Noise(
    "Student",
    "3% times Student's t with two degrees of freedom, which has no variance, for every cell; and the same 2% for "
    "every launch",
    _student,
    launch=LAUNCH,
)
DRIFT = Noise(
    "drift",
    "stalls and launches as above, and a machine that each block leaves slower by 2% and by a random step of 5% up or "
    "down: each cell has its share of the step, by its place in the shuffled block",
    _stalls,
    launch=LAUNCH,
    walk=WALK,
    trend=TREND,
)
NOISES = (LIGHT, STALLS, STUDENT, DRIFT)
