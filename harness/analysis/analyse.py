"""Turns the records of a journal into findings."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from harness.analysis.advice import advise
from harness.analysis.cells import summarize_cell
from harness.analysis.comparisons import describe_ratios, judge_comparisons
from harness.analysis.control import find_control
from harness.analysis.findings import CellFinding, Findings
from harness.analysis.knees import find_knees
from harness.analysis.launches import describe_scenarios, summarize_launches
from harness.analysis.models import compare_options, find_capacity, trace_curves
from harness.analysis.tally import Tally, read_tally
from harness.analysis.thresholds import judge_thresholds
from harness.analysis.troubles import find_troubles, find_warnings
from harness.analysis.validity import is_valid, keeps_up
from harness.model.errors import InputError
from harness.model.journal import METHOD, METHODS_READ, Record
from harness.model.scenarios import Facts

Extension = Callable[[Tally, Findings], object]
"""A plug-in, which returns a frozen dataclass of its own for `Findings.extras`."""


def analyse(
    records: Iterator[Record], facts: Facts, journal_sha256: str | None = None, extensions: Iterable[Extension] = ()
) -> Findings:
    """Return the findings from the records of one journal, the header first.

    Raises InputError if there is no header, if a record contradicts the plan or itself, or if another version of the
    method measured it.
    """
    tally = read_tally(records, facts)
    if tally.header.method not in METHODS_READ:
        raise InputError(
            f"this was measured by version {tally.header.method} of the method, and this is version {METHOD}: its "
            f"figures mean something else; read it with the version of asgi-matrix that measured it"
        )
    plan = tally.plan
    by_launch = summarize_launches(tally)
    every = [
        summarize_cell(tally, cell, kept, by_launch[cell.launch])
        for cell, kept in zip(plan.cells, tally.cells, strict=True)
    ]
    of_control = find_control(tally)
    differs = of_control is not None and of_control.differs
    compared = judge_comparisons(tally, of_control)
    bends = tuple(find_knees(tally, by_launch, of_control))
    # The repeated cells of the control are only there to check for noise, so no table has them.
    cells = (
        *(
            replace(finding, keeps_up=keeps_up(finding, plan.load.duration_s, of_control))
            for finding in every
            if finding.cell.launch.server not in plan.control_names
        ),
        *(CellFinding(refusal.cell, refusal.status, refusal.reason) for refusal in plan.refusals),
    )
    findings = Findings(
        header=tally.header,
        finished=tally.finished,
        valid=is_valid(cells, of_control),
        blocks=tally.complete_blocks(),
        rerun=len({block for kept in tally.rerun for block in kept}),
        wall_s=tally.wall_s,
        ceiling=tally.ceiling,
        scenarios=tuple(describe_scenarios((finding.cell for finding in cells), tally)),
        cells=cells,
        comparisons=compared,
        control=of_control,
        ratios=tuple(describe_ratios(tally)),
        thresholds=tuple(judge_thresholds(tally, every, compared, bends)),
        knees=bends,
        launches=tuple(by_launch.values()),
        troubles=tuple(find_troubles(tally)),
        warnings=tuple(find_warnings(tally, cells)),
        curves=tuple(trace_curves(facts, cells, by_launch)),
        advice=advise(tally, cells, of_control),
        # If equals differ, their figures are no ground for a choice.
        choice=None if differs else compare_options(facts, cells, by_launch, bends, plan.practical_difference),
        capacity=None if differs else find_capacity(facts, cells),
        is_sequential=tally.is_sequential,
        journal_sha256=journal_sha256,
    )
    return replace(findings, extras=tuple(extension(tally, findings) for extension in extensions))
