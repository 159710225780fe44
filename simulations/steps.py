"""Whether the staircase is fitted correctly, and whether it is confused with a line."""

from collections.abc import Callable
from itertools import product
from math import ceil, exp

from harness.analysis.findings import Steps
from harness.analysis.knees import fit_points
from harness.analysis.statistics.staircase import Point
from simulations.knee import LIMIT, POINTS
from simulations.noise import STALLS, STUDENT, Machine, Noise, make_random
from simulations.rows import PageTable, Part, Row, Share

DELAY_S = 0.1
OVERHEAD_S = 50e-6
"""Of one request."""
BLOCKS = (6, 10)

STAIRS = (
    "Bursts of 1, 10, 40, 41, 80 and 81 requests that take ceil(n / 40) x 100 ms and 50 us for each request, and "
    "the staircase fitted to the medians over blocks. Exact is 40 threads, no fewer and no more. The line is "
    "nearer where its misfit to the same medians is the smaller one, and it is claimed to be where the interval "
    "of the ratio of both misfits, each block fitted by itself, lies wholly on its side. No promise is made."
)
LINE = (
    "The other way round: bursts on a line from 100 ms for one request to 300 ms for 81, as if threads were not "
    "what limits them, and how often the staircase is said to be nearer. A single wave with an overhead for each "
    "request is a line as well, but the best line is at least as near."
)

BurstTime = Callable[[int], float]


def simulate(trials: int) -> Part:
    """Count how often the fit is exact, and how often the wrong model is nearer."""
    few = max(1, trials // 5)
    stairs = [
        row
        for noise, blocks in product((STALLS, STUDENT), BLOCKS)
        for row in _rows(
            f"{blocks} blocks, {noise.name}",
            _runs(_stairs_s, noise, blocks, few),
            {"exact": _is_exact, "the line is nearer": _line_is_nearer, "the line is claimed": _line_is_claimed},
        )
    ]
    line = [
        row
        for blocks in BLOCKS
        for row in _rows(
            f"{blocks} blocks, {STALLS.name}",
            _runs(_line_s, STALLS, blocks, few),
            {"the staircase is nearer": _stairs_are_nearer, "the staircase is claimed": _stairs_are_claimed},
        )
    ]
    return Part("Is the staircase recognised?", (PageTable(STAIRS, stairs), PageTable(LINE, line)))


def _rows(what: str, found: list[Steps], questions: dict[str, Callable[[Steps], bool]]) -> list[Row]:
    return [Row(f"{name}: {what}", Share(sum(map(asks, found)), len(found))) for name, asks in questions.items()]


def _runs(burst_s: BurstTime, noise: Noise, blocks: int, trials: int) -> list[Steps]:
    rolls = make_random(f"steps: {burst_s.__name__}, {noise.name}, {blocks}")
    found = [
        fit_points([_block(burst_s, machine) for _ in range(blocks)], DELAY_S, sequential=False)
        for machine in (Machine(noise, rolls) for _ in range(trials))
    ]
    return [steps for steps in found if steps is not None]


def _block(burst_s: BurstTime, machine: Machine) -> list[Point]:
    machine.begin_block()
    launch = machine.launch()
    return [(requests, burst_s(requests) * exp(machine.cell(launch))) for requests in POINTS]


def _stairs_s(requests: int) -> float:
    return ceil(requests / LIMIT) * DELAY_S + requests * OVERHEAD_S


def _line_s(requests: int) -> float:
    return DELAY_S * (1 + 2 * (requests - 1) / (POINTS[-1] - 1))


def _is_exact(steps: Steps) -> bool:
    return steps.fit.threads_low == steps.fit.threads_high == LIMIT


def _line_is_nearer(steps: Steps) -> bool:
    return steps.line_misfit < steps.fit.misfit


def _line_is_claimed(steps: Steps) -> bool:
    return steps.high is not None and steps.high < 1


def _stairs_are_nearer(steps: Steps) -> bool:
    return not _line_is_nearer(steps)


def _stairs_are_claimed(steps: Steps) -> bool:
    return steps.low is not None and steps.low > 1
