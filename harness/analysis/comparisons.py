"""The comparisons that the matrix declares, with their verdicts; and `def` against `async` everywhere, described.

Cells of one run are compared by the logarithm of a ratio, block by block. Both sides are of the same block, so whatever
slows a block down as a whole cancels out. Logarithms make a ratio and its inverse equally far from no difference.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import fmean

from harness.analysis.findings import Comparison, Control, Ratio
from harness.analysis.statistics.estimates import estimate, of_logs
from harness.analysis.statistics.verdicts import judge
from harness.analysis.tally import Blocks, Tally, bound_by
from harness.model.flags import Flag
from harness.model.outcomes import RequestOutcome
from harness.model.plan import Pair
from harness.model.words import counted

CLIENT_BOUND_REASON = "client-bound: what was measured is the client rather than the server"
UPSTREAM_BOUND_REASON = "upstream-bound: what was measured is the upstream rather than the server"
GAVE_UP_REASON = "gave-up: requests gave up waiting, and whoever gives up sooner is no faster"
LITTLES_LAW_REASON = "littles-law: throughput, latency and concurrency contradict each other"
CONTROL_REASON = "the A/A control differs from itself by more than the practical difference"
CONTROL_SILENT_REASON = "the A/A control gave too few figures to be judged by"


def comparisons(tally: Tally, control: Control | None) -> tuple[Comparison, ...]:
    """Every declared comparison with its verdict, unless there is a reason to withhold it."""
    plan = tally.plan
    judged = judge(declared(tally, tally.cells), plan.practical_difference, sequential=tally.is_sequential)
    reasons = [withheld(tally.cells, pair, control) for pair in plan.comparisons]
    return tuple(
        Comparison(
            cell=plan.cells[pair.cell],
            against=plan.cells[pair.against],
            blocks=len(log_ratios(tally.cells[pair.cell], tally.cells[pair.against])),
            ratio=found.ratio,
            low=found.low,
            high=found.high,
            may_miss=found.may_miss,
            verdict=None if reason else found.verdict,
            reason=reason,
        )
        for pair, found, reason in zip(plan.comparisons, judged, reasons, strict=True)
    )


def declared(tally: Tally, cells: Sequence[Blocks]) -> list[list[float]]:
    """The log ratios of every declared comparison, from these blocks of all cells."""
    return [log_ratios(cells[pair.cell], cells[pair.against]) for pair in tally.plan.comparisons]


def withheld(cells: Sequence[Blocks], pair: Pair, control: Control | None) -> str | None:
    """Why a comparison may have no verdict from these blocks of all cells, or None where it may."""
    cell, against = cells[pair.cell], cells[pair.against]
    return reason_of_control(control, len(log_ratios(cell, against))) or reason_of_samples(cell, against)


def reason_of_control(control: Control | None, blocks: int) -> str | None:
    """Why nothing may be ranked for what the A/A control says, or fails to say in as many blocks."""
    if control is None or control.within:
        return None
    if control.within is False:
        return CONTROL_REASON
    return CONTROL_SILENT_REASON if control.blocks < blocks else None


def reason_of_bound(*cells: Blocks) -> str | None:
    """Why nothing may be claimed of these cells for what else than the server was measured in them."""
    reasons = {Flag.CLIENT_BOUND: CLIENT_BOUND_REASON, Flag.UPSTREAM_BOUND: UPSTREAM_BOUND_REASON}
    found = bound_by(*cells)
    return None if found is None else reasons[found]


def reason_of_samples(cell: Blocks, against: Blocks) -> str | None:
    """Why two cells may not be ranked for what their samples are."""
    flags = {flag for kept in (*cell.values(), *against.values()) for flag in kept.flags}
    if bound := reason_of_bound(cell, against):
        return bound
    if Flag.LITTLES_LAW in flags:
        return LITTLES_LAW_REASON
    if any(kept.outcomes.get(RequestOutcome.GAVE_UP) for kept in (*cell.values(), *against.values())):
        return GAVE_UP_REASON
    lost, blocks = lost_blocks(cell, against), len({*cell, *against})
    if not lost:
        return None
    return f"{lost} of {counted(blocks, 'block')} gave no figure, and may have been the slow ones"


def ratios(tally: Tally) -> Iterator[Ratio]:
    """How `def` compares with `async` wherever both were measured alike: described, and nothing claimed."""
    places = {cell: place for place, cell in enumerate(tally.plan.cells)}
    for cell, place in places.items():
        other = places.get(replace(cell, style="async")) if cell.style == "def" else None
        logs = [] if other is None else log_ratios(tally.cells[place], tally.cells[other])
        if logs and cell.launch.server not in tally.plan.control_names:
            found = of_logs(estimate(logs, sequential=tally.is_sequential))
            yield Ratio(cell, replace(cell, style="async"), len(logs), found.median, found.low, found.high)


def log_ratios(cell: Blocks, against: Blocks) -> list[float]:
    """The logarithm of one cell's cost over another's, one for each block in which both gave a figure."""
    return list(_by_block(cell, against).values())


def lost_blocks(cell: Blocks, against: Blocks) -> int:
    """In how many blocks one of two cells was measured and gave no figure, which may have been the worst of all."""
    return len({*cell, *against} - (costs_s(cell).keys() & costs_s(against).keys()))


def mean_log_ratios(pairs: Sequence[tuple[Blocks, Blocks]]) -> list[float]:
    """The mean over several pairs of cells, one for each block in which all of them gave a figure."""
    every = [_by_block(cell, against) for cell, against in pairs]
    return [fmean(each[block] for each in every) for block in every[0] if all(block in each for each in every)]


def mean_log_costs(cells: Sequence[Blocks]) -> list[float]:
    """The mean logarithm of what several cells cost, one for each block in which all of them gave a figure."""
    every = [costs_s(cell) for cell in cells]
    return [
        fmean(math.log(each[block]) for each in every) for block in every[0] if all(block in each for each in every)
    ]


def _by_block(cell: Blocks, against: Blocks) -> dict[int, float]:
    own_s, others_s = costs_s(cell), costs_s(against)
    return {block: math.log(own_s[block] / others_s[block]) for block in sorted(own_s) if block in others_s}


def costs_s(blocks: Blocks) -> dict[int, float]:
    """What a cell cost in each block that gave a figure, in seconds."""
    return {
        block: kept.figures.cost_s for block, kept in blocks.items() if kept.figures is not None and kept.figures.cost_s
    }
