"""The A/A control: a banner where it found a difference that is none, and otherwise a sentence that it did not."""

from harness.analysis.findings import Control, Findings
from harness.analysis.statistics.estimates import BLOCKS_FOR_AN_INTERVAL
from harness.model.executors import format_load
from harness.model.words import counted
from harness.report.writing.conditions import name_conditions, run_axes
from harness.report.writing.markdown import code, text
from harness.report.writing.numbers import change, listed, measured, percent


def banner(findings: Findings) -> str | None:
    """Return the banner of an invalid report, None if the control does not differ."""
    control = findings.control
    if control is None or not control.differs:
        return None
    return (
        f"> [!CAUTION]\n> **This measurement is not valid, and ranks nothing.** {_name_cells(control, findings)} "
        f"{_compare_times(control)}{_too_far(control, findings)}. So a difference of that size may be the "
        f"order of the cells, the machine, or somebody else on it. Make the machine quieter (`python -m harness "
        f"doctor` tells what is wrong with it), measure more blocks, or ask for a larger `practical_difference`."
    )


def verdict(findings: Findings) -> str | None:
    """Return the sentence that opens the answer of an invalid run, None if the control does not differ."""
    control = findings.control
    if control is None or not control.differs or control.ratio is None:
        return None
    off = f"by {measured(abs(control.ratio - 1))}"
    if control.ratio_within:
        off = f"at {counted(len(control.apart), 'cell')}"
    return (
        f"Not valid: the A/A control, the same cells measured twice, differs from itself {off}, so nothing is ranked."
    )


def sentence(findings: Findings) -> str:
    """Return what the control found, or that there is none."""
    control = findings.control
    if control is None:
        return "There is no A/A control: it takes a `baseline` in the matrix, of which a cell is measured."
    if control.ratio is None:
        return f"{_name_cells(control, findings)} no block gave a figure for all of them."
    return f"{_name_cells(control, findings)} {_compare_times(control)}: {_judgement(control, findings)}."


def _judgement(control: Control, findings: Findings) -> str:
    if control.within is None:
        return f"fewer than {BLOCKS_FOR_AN_INTERVAL} blocks are too few to judge that"
    return _within(control, findings) if control.within else f"{_judged_off(control, findings)}, so nothing is ranked"


def _judged_off(control: Control, findings: Findings) -> str:
    """Return which cells are beyond the practical difference: all together, or some by themselves."""
    if not control.ratio_within:
        return f"beyond the practical difference of {_difference(findings)}"
    return f"{_apart(control)} by itself is beyond the practical difference of {_difference(findings)}"


def _apart(control: Control) -> str:
    """Return the cells that differ from their repetition by themselves."""
    return listed([f"{code(cell.style)} at {format_load(cell)}" for cell in control.apart])


def _within(control: Control, findings: Findings) -> str:
    """Return that the control is clean, and whether it could have missed a fault."""
    within = f"within the practical difference of {_difference(findings)}"
    if control.interval_within:
        return within
    return f"{within}, but its interval is not, so it could have missed a fault of that size"


def summarize_control(findings: Findings) -> str | None:
    """Return what the control found, for the answer; None if it differs, which opens the report."""
    control = findings.control
    if control is None or control.ratio is None:
        return "There is no A/A control to say how far the same thing is from itself."
    if control.differs:
        return None
    sure = ""
    if control.low is not None and control.high is not None:
        sure = f" ({change(control.low)} to {change(control.high)})"
    return (
        f"The A/A control, the same cells measured twice, differs from itself by {change(control.ratio)}{sure}: "
        f"{_judgement(control, findings)}."
    )


def _name_cells(control: Control, findings: Findings) -> str:
    cells = list(control.cells)
    axes = run_axes(findings)
    styles = listed([code(style) for style in dict.fromkeys(cell.style for cell in cells)])
    loads = listed(list(dict.fromkeys(map(format_load, cells))))
    servers = listed([text(server) for server in dict.fromkeys(cell.launch.server for cell in cells)])
    conditions = list(dict.fromkeys(name_conditions(cell, axes) for cell in cells))
    where = f" ({listed(conditions)})" if any(conditions) else ""
    return f"A/A control: {servers} {styles} at {loads}{where} was measured twice in each block, under two names;"


def _compare_times(control: Control) -> str:
    interval = "" if control.low is None else f", {control.low:.3f} to {control.high:.3f}"
    return (
        f"the second took {control.ratio:.3f} times as long as the first ({counted(control.blocks, 'block')}{interval})"
    )


def _too_far(control: Control, findings: Findings) -> str:
    """Return which cells are too far apart."""
    difference = f"the practical difference of {_difference(findings)}, which comparisons are judged by"
    if not control.ratio_within:
        return f": more than {difference}"
    return f"; but by itself, {_apart(control)} differs by more than {difference}"


def _difference(findings: Findings) -> str:
    return percent(findings.header.plan.practical_difference)
