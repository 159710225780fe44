"""The comparisons that the matrix declares, and all others between `def` and `async`, which are descriptive."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness.analysis.findings import Comparison, Control, Ratio
from harness.analysis.ratios import log_ratios
from harness.analysis.statistics.estimates import estimate, of_logs
from harness.analysis.statistics.verdicts import judge
from harness.analysis.tally import Blocks, Tally
from harness.model.flags import CLIENT_BOUND
from harness.model.plan import Pair

CLIENT_BOUND_REASON = "client-bound: what was measured is the client rather than the server"
CONTROL_REASON = "the A/A control differs from itself by more than the practical difference"


def comparisons(tally: Tally, control: Control | None) -> tuple[Comparison, ...]:
    """Every declared comparison with its verdict, unless there is a reason to withhold it."""
    plan = tally.plan
    judged = judge(declared(tally, tally.cells), plan.practical_difference, sequential=plan.is_sequential)
    reasons = [_withheld(tally, pair, control) for pair in plan.comparisons]
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


def _withheld(tally: Tally, pair: Pair, control: Control | None) -> str | None:
    """Why a comparison may have no verdict, or None where it may."""
    if control is not None and control.within is False:
        return CONTROL_REASON
    kept = (*tally.cells[pair.cell].values(), *tally.cells[pair.against].values())
    return CLIENT_BOUND_REASON if any(CLIENT_BOUND in sample.flags for sample in kept) else None


def ratios(tally: Tally) -> Iterator[Ratio]:
    """How `def` compares with `async` wherever both were measured alike: described, and nothing claimed."""
    places = {cell: place for place, cell in enumerate(tally.plan.cells)}
    for cell, place in places.items():
        other = places.get(replace(cell, style="async")) if cell.style == "def" else None
        logs = [] if other is None else log_ratios(tally.cells[place], tally.cells[other])
        if logs and cell.launch.server not in tally.plan.control_names:
            found = of_logs(estimate(logs, sequential=tally.plan.is_sequential))
            yield Ratio(cell, replace(cell, style="async"), len(logs), found.median, found.low, found.high)
