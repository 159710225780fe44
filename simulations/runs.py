"""Runs of comparisons with a known truth, measured and judged as the harness does."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, repeat

from harness.analysis.statistics.verdicts import Judged, judge
from harness.analysis.stopping import is_decided
from simulations.noise import Machine

DIFFERENCE = 0.05
"""The practical difference of all simulated runs, as a share."""

CONCURRENCIES = 4
"""How many cells a launch has, if comparisons share launches."""

Blocks = Iterator[Sequence[float]]
"""The log ratio of each comparison, block by block."""

Layout = Callable[[Machine, int], list[float]]
"""Gives, for a number of comparisons, how far off each is in one block, as a logarithm."""


@dataclass(frozen=True, slots=True)
class Design:
    """How many blocks a run has, as in `blocks: {min: 6, max: 30}`."""

    least: int
    most: int

    @property
    def is_sequential(self) -> bool:
        return self.least < self.most

    @property
    def says(self) -> str:
        return f"{self.least} to {self.most} blocks" if self.is_sequential else f"{self.most} blocks"


SIX, TEN, TWENTY = (Design(blocks, blocks) for blocks in (6, 10, 20))
UNTIL_DECIDED = Design(6, 30)
TWELVE_AT_MOST = Design(6, 12)
"""The design of the matrix of this repository, which declares eight comparisons."""
DESIGNS = (SIX, TEN, TWENTY, UNTIL_DECIDED)


def draw_apart(machine: Machine, comparisons: int) -> list[float]:
    """Draw comparisons that share nothing: both sides of each have launches of their own."""
    return [machine.cell(machine.launch()) - machine.cell(machine.launch()) for _ in range(comparisons)]


def draw_against_baseline(machine: Machine, comparisons: int) -> list[float]:
    """Draw comparisons of several servers with the same launch, at the concurrencies that each launch serves."""
    baseline = machine.launch()
    cells = [machine.cell(baseline) for _ in range(CONCURRENCIES)]
    launches = [machine.launch() for _ in range(comparisons // CONCURRENCIES)]
    return [machine.cell(launch) - cell for launch in launches for cell in cells]


def simulate_blocks(machine: Machine, truths: Sequence[float], layout: Layout = draw_apart) -> Blocks:
    """Yield block after block, forever, of comparisons with these true log ratios."""
    for wanted in repeat(len(truths)):
        machine.begin_block()
        yield [truth + off for truth, off in zip(truths, layout(machine, wanted), strict=True)]


def first_ratios(blocks: Blocks, wanted: int) -> list[float]:
    """Return the log ratios of the first comparison in the first blocks."""
    return [block[0] for block in islice(blocks, wanted)]


def simulate_run(blocks: Blocks, design: Design) -> tuple[list[Judged], int]:
    """Return the verdicts of a run and the blocks it took; it is judged after each block from the fewest on."""
    log_ratios: list[list[float]] = []
    judged: list[Judged] = []
    for number, block in enumerate(islice(blocks, design.most), start=1):
        log_ratios = log_ratios or [[] for _ in block]
        for logs, log in zip(log_ratios, block, strict=True):
            logs.append(log)
        if number >= design.least:
            judged = judge(log_ratios, DIFFERENCE, sequential=design.is_sequential)
            if is_decided(judged):
                return judged, number
    return judged, design.most
