"""Whether the knee is where it is reported, and how often it is narrowed down to one step."""

from math import ceil, log

from harness.analysis.knees import Bounds, find_bounds
from simulations.noise import NOISES, Machine, make_random
from simulations.rows import NEVER, PageTable, Part, Row, Share
from simulations.runs import DESIGNS, Design

LIMIT = 40
POINTS = (1, 10, LIMIT, LIMIT + 1, 2 * LIMIT, 2 * LIMIT + 1)
WRONG = (
    "A launch with a thread limit of 40, whose `def` takes ceil(n / 40) times as long as its `async`, in bursts "
    "of n = 1, 10, 40, 41, 80 and 81: how often the reported interval does not hold (40, 41]. Promised is never. "
    "A run of up to 30 blocks is looked at when it has 30, with the intervals of such a run."
)
EXACT = (
    "The same runs: how often the knee is exactly (40, 41]. Where it is not, its interval is wider, and holds (40, 41]."
)


def simulate(trials: int) -> Part:
    """Count how often the knee is wrong, and how often exact."""
    wrong, exact = [], []
    for noise in NOISES:
        for design in DESIGNS:
            what = f"{design.says}, {noise.name}"
            rolls = make_random(f"knee: {what}")
            bounds = [_bounds(Machine(noise, rolls), design) for _ in range(trials)]
            wrong.append(Row(what, Share(sum(map(_is_wrong, bounds)), trials), NEVER))
            exact.append(Row(what, Share(bounds.count(Bounds(LIMIT, LIMIT + 1, claimed=True)), trials)))
    return Part("Is the knee where it is said to be?", (PageTable(WRONG, wrong), PageTable(EXACT, exact)))


def _bounds(machine: Machine, design: Design) -> Bounds:
    log_ratios: dict[int, list[float]] = {requests: [] for requests in POINTS}
    for _ in range(design.most):
        machine.begin_block()
        launch = machine.launch()
        for requests, logs in log_ratios.items():
            logs.append(log(ceil(requests / LIMIT)) + machine.cell(launch) - machine.cell(launch))
    return find_bounds(log_ratios, sequential=design.is_sequential)


def _is_wrong(bounds: Bounds) -> bool:
    starts_too_high = bounds.low is not None and bounds.low > LIMIT
    return starts_too_high or (bounds.high is not None and bounds.high <= LIMIT)
