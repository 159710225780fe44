"""How the windows of a block become one log ratio: candidates, compared on the noise that was recorded."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, product
from math import log1p, sqrt
from statistics import fmean, median

from harness.analysis.statistics.estimates import Estimate, estimate, exponentiate
from harness.analysis.statistics.rounds import combine_rounds
from harness.analysis.statistics.verdicts import Judged
from harness.model.words import counted
from simulations import candidates
from simulations.coverage import interval_holds
from simulations.noise import make_random
from simulations.recording import read_recording
from simulations.resampling import (
    Logs,
    Method,
    RecordedBlock,
    draw_run,
    drop_busy,
    list_log_ratios,
    pair_blocks_apart,
    recorded_blocks,
    slow_down,
    take_calm_blocks,
    take_calmer_half,
)
from simulations.rows import COVERS_ALWAYS, FALSE_AT_MOST, FactRows, PageTable, Part, Row, Share
from simulations.runs import SIX, TWELVE_AT_MOST, UNTIL_DECIDED, Design, first_ratios, simulate_run
from simulations.truth import is_false, is_found

LOADS = {"closed loop": "loop", "burst": "burst"}
"""The kinds of load on the page, and their names in the recording."""

CHOSEN = Method("middle half of the rounds", combine_rounds)
METHODS = (
    CHOSEN,
    Method("mean of the rounds", candidates.paired_mean),
    Method("median of the rounds", candidates.paired_median),
    Method("median of the rounds, no busy ones", candidates.paired_median, drop_busy),
    Method("median of the calmer half of the rounds", candidates.paired_median, take_calmer_half),
    Method("ratio of totals", candidates.ratio_of_totals),
    Method("ratio of means", candidates.ratio_of_means),
    Method("ratio of medians", candidates.ratio_of_medians),
    Method("ratio of 75% quantiles", candidates.ratio_of_upper_quartiles),
    Method("ratio of 25% quantiles", candidates.ratio_of_lower_quartiles),
    Method("ratio of minima", candidates.ratio_of_minima),
)
WINDOWS = (1, 2, 3, 5, 10)
MOST = WINDOWS[-1]
PROMISED_WINDOWS = (1, 5, MOST)
NOTHING = "—"
EFFECTS = (0.02, 0.05, 0.10)
FOUND_HEADERS = tuple(f"{1 + effect:.2f} found" for effect in EFFECTS)

SLOW = 1.6

CHOICE = (
    "**The harness takes the middle half of the rounds.** Each round gives the log ratio of both windows. Without the "
    "lowest and the highest quarter of the rounds, their mean is the log ratio of the block. Under both kinds of load "
    "this spreads as little as the mean of all rounds and the ratio of totals: the rest between the three is chance. "
    "Of the three it is moved least by a single slow burst. Medians, quantiles and minima of each side alone spread "
    "more. So do medians without the busy rounds: what is left out costs more than its noise. Ten windows spread a "
    "third as much as one, so up to ten each window pays."
)
RECORDED = (
    "Recorded were {blocks} blocks of the same server against itself, on {cores} cores, with {python} and {server}, on "
    "{date}; {lost} more were lost because one of their windows gave no figure. Other work used {foreign:.0%} of the "
    "machine in the median window. In each block two fresh launches for each kind of load are alive at once. A round "
    "is a window of both, next to each other: 150 ms of a closed loop with 32 connections to `noop`, or a burst of 80 "
    "requests to `sleep` with a delay of 100 ms. Relative to the other, the launch that started first took {orders}: "
    "the order of the launches makes no visible difference. `python -m simulations.record` records another machine."
)
SPREAD = (
    "The standard deviation of the log ratio of a block from its truth, by the number of windows of each side. *One "
    "slow burst* is how far the log ratio of ten bursts moves on average if one burst of one side takes 1.6 times as "
    "long. Such bursts are real: the ninth burst of nearly every launch was one, because the server collected its "
    "garbage. *Calm* is the quarter of the blocks in which others used least of the machine. In the last row the "
    "second side comes from the next block, as if one server were measured after the other."
)
JUDGED = (
    "Runs drawn from the recording: blocks that follow each other, with the sides swapped at random. *False* is how "
    "often the same server is called anything but *same within d* or *undecided*: such an interval misses the truth, "
    "so the coverage is the rest. *Found* is how often a true ratio of 1.02, 1.05 or 1.10 is claimed on the right side "
    "in 6 to 12 blocks. *Blocks* is the median of the blocks until a run of 6 to 30 is decided, for a ratio of 1.10."
)
PROMISED = "The promises that the chosen candidate has to keep."


@dataclass(frozen=True, slots=True)
class Case:
    """A kind of load, a candidate, and how many windows a block has."""

    load: str
    method: Method
    windows: int

    @property
    def says(self) -> str:
        return f"{self.load}, {counted(self.windows, 'window')}: {self.method.name}"

    @property
    def logs(self) -> Logs:
        """The log ratios that each recorded block may give."""
        return _list_log_ratios(self)


@cache
def _list_log_ratios(case: Case) -> Logs:
    return list_log_ratios(recorded_blocks(LOADS[case.load]), case.method, case.windows)


def simulate(trials: int) -> Part:
    """Compare the candidates, and count the false verdicts of the chosen one."""
    few = max(1, trials // 5)
    chosen = [Case(load, CHOSEN, windows) for load, windows in product(LOADS, PROMISED_WINDOWS)]
    return Part(
        "How do the windows of a block become one figure?",
        (
            _compare_spreads(),
            _compare_verdicts(few),
            PageTable(PROMISED, list(chain.from_iterable(_promise(case, trials) for case in chosen))),
        ),
    )


def _compare_spreads() -> PageTable:
    spreads = (*(f"{windows}" for windows in WINDOWS), f"{MOST}, calm")
    headers = ("candidate", *(f"{load}: {each}" for load, each in product(LOADS, spreads)), "one slow burst")
    rows = [(method.name, *_list_spreads(method), f"{find_shift(method):.1%}") for method in METHODS]
    apart = (f"{CHOSEN.name}, one side a block later", *_list_spreads(CHOSEN, blocks_apart=1), NOTHING)
    says = "\n\n".join((CHOICE, describe_recording(), SPREAD))
    return PageTable(says, FactRows(headers, [*rows, apart]))


def describe_recording() -> str:
    """Return what was recorded, where and when, and whether the order of the launches matters."""
    recording, blocks = read_recording(), len(recorded_blocks(LOADS["closed loop"]))
    return RECORDED.format(
        blocks=blocks,
        lost=recording.windows[-1].block - blocks,
        date=str(recording.facts["began"]).partition("T")[0],
        foreign=median(window.foreign for window in recording.windows),
        orders=" and ".join(f"{_format_order_effect(load)} in the {load}" for load in LOADS),
        **{name: recording.facts[name] for name in ("cores", "python", "server")},
    )


def _format_order_effect(load: str) -> str:
    found = exponentiate(find_order_effect(load))
    return f"{found.median:.3f} [{found.low:.3f}, {found.high:.3f}]"


def find_order_effect(load: str) -> Estimate:
    """Return the log ratio of the launch that started first to the other, over all blocks."""
    return estimate([CHOSEN.log_ratio(block) for block in recorded_blocks(LOADS[load])])


def _list_spreads(method: Method, blocks_apart: int = 0) -> Iterator[str]:
    for name in LOADS.values():
        blocks = pair_blocks_apart(recorded_blocks(name), blocks_apart)
        spreads = [find_spread(blocks, method, windows) for windows in WINDOWS]
        yield from (f"{spread:.1%}" for spread in (*spreads, find_spread(take_calm_blocks(blocks), method, MOST)))


def find_spread(blocks: Sequence[RecordedBlock], method: Method, windows: int) -> float:
    """Return the standard deviation of the log ratio of a block from 0, its truth."""
    return sqrt(fmean(off**2 for block in list_log_ratios(blocks, method, windows) for off in block))


def find_shift(method: Method) -> float:
    """Return how far the log ratio of a block of bursts moves on average if one burst of one side is slow."""
    return fmean(
        method.log_ratio(slow_down(block, place, SLOW)) - method.log_ratio(block)
        for block in recorded_blocks(LOADS["burst"])
        for place in range(MOST)
    )


def _compare_verdicts(trials: int) -> PageTable:
    cases = [
        Case(load, method, windows)
        for load in LOADS
        for method, windows in (*product(METHODS, (MOST,)), *product((CHOSEN,), reversed(WINDOWS[:-1])))
    ]
    headers = ("candidate", "false: 6", "false: 6 to 12", *FOUND_HEADERS, "blocks")
    return PageTable(JUDGED, FactRows(headers, [_judge_case(case, trials) for case in cases]))


def _judge_case(case: Case, trials: int) -> tuple[str, ...]:
    shares = [
        *(count_verdicts(case, design, 0.0, is_false, trials) for design in (SIX, TWELVE_AT_MOST)),
        *(count_verdicts(case, TWELVE_AT_MOST, effect, is_found, trials) for effect in EFFECTS),
    ]
    rolls = make_random(f"windows: {case.says}, length")
    lengths = [simulate_run(draw_run(case.logs, log1p(EFFECTS[-1]), rolls), UNTIL_DECIDED)[1] for _ in range(trials)]
    return case.says, *(f"{share.value:.1%}" for share in shares), f"{median(lengths):g}"


def _promise(case: Case, trials: int) -> list[Row]:
    rolls = make_random(f"windows: {case.says}, coverage")
    held = sum(_holds_always(first_ratios(draw_run(case.logs, 0.0, rolls), TWELVE_AT_MOST.most)) for _ in range(trials))
    return [
        *(
            Row(f"{case.says}, {design.says}", count_verdicts(case, design, 0.0, is_false, trials), FALSE_AT_MOST)
            for design in (SIX, TWELVE_AT_MOST)
        ),
        Row(f"{case.says}, every interval from 6 to 12 blocks", Share(held, trials), COVERS_ALWAYS),
    ]


def _holds_always(logs: Sequence[float]) -> bool:
    looks = range(TWELVE_AT_MOST.least, len(logs) + 1)
    return all(interval_holds(logs[:blocks], sequential=True) for blocks in looks)


def count_verdicts(
    case: Case, design: Design, effect: float, is_so: Callable[[Judged, float], bool], trials: int
) -> Share:
    """Count the runs of one comparison with this true effect whose verdict is as asked."""
    rolls = make_random(f"windows: {case.says}, {design.says}, {effect}, {is_so.__name__}")
    truth = log1p(effect)
    hits = sum(is_so(simulate_run(draw_run(case.logs, truth, rolls), design)[0][0], truth) for _ in range(trials))
    return Share(hits, trials)
