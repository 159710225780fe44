"""The sentences of the verdict on whether it may be believed: blocks, the A/A control, what is undecided, and flags."""

from collections import Counter
from collections.abc import Iterator

from harness.analysis.findings import Findings
from harness.analysis.statistics.estimates import BLOCKS_FOR_AN_INTERVAL
from harness.analysis.statistics.verdicts import Verdict
from harness.model.flags import Flag
from harness.model.words import counted
from harness.report.sections import control, thresholds
from harness.report.sentences import steady
from harness.report.writing.markdown import Voice
from harness.report.writing.numbers import listed, spell_number


def sentences(findings: Findings, voice: Voice) -> Iterator[str]:
    """All that speaks for this run and against it."""
    if (stopped := interrupted(findings)) is not None:
        yield stopped
    if not any(finding.blocks for finding in findings.cells):
        return
    story = (
        too_few_blocks(findings),
        control.summarize_control(findings),
        undecided(findings),
        thresholds.sentence(findings, voice),
        in_doubt(findings, voice),
        steady.left_out(findings),
    )
    yield from (sentence for sentence in story if sentence is not None)


def undecided(findings: Findings) -> str | None:
    """Return how many verdicts are undecided or withheld; None if no comparison was declared."""
    if not findings.comparisons:
        return None
    left = sum(comparison.verdict is Verdict.UNDECIDED for comparison in findings.comparisons)
    withheld = sum(comparison.verdict is None for comparison in findings.comparisons)
    told = [f"{number} {what}" for number, what in ((left, "undecided"), (withheld, "withheld")) if number]
    return f"Of {counted(len(findings.comparisons), 'comparison')}, {listed(told) if told else 'all are decided'}."


def in_doubt(findings: Findings, voice: Voice) -> str | None:
    """Return how many samples carry each flag."""
    flagged = Counter[str]()
    for finding in findings.cells:
        flagged.update(finding.flagged_blocks)
    samples = counted(sum(finding.blocks for finding in findings.cells), "sample")
    told = [f"{flagged[flag]} {voice.code(flag)}" for flag in Flag if flagged[flag]]
    return f"Of {samples}, flagged as doubtful: {listed(told)}." if told else f"Of {samples}, none is in doubt."


def interrupted(findings: Findings) -> str | None:
    """Return that the run was interrupted, None if it was not."""
    if findings.finished:
        return None
    planned = counted(findings.header.plan.min_blocks, "block")
    at_least = "at least " if findings.header.plan.is_sequential else ""
    return f"The run was interrupted: {findings.blocks} of {at_least}{planned} measured completely."


def too_few_blocks(findings: Findings) -> str | None:
    """Return that nothing is claimed for want of blocks, None if there are enough."""
    blocks = [finding.blocks for finding in findings.cells if finding.blocks]
    few = [number for number in blocks if number < BLOCKS_FOR_AN_INTERVAL]
    if not few:
        return None
    if len(few) < len(blocks):
        cells, enough = counted(len(findings.cells), "cell"), spell_number(BLOCKS_FOR_AN_INTERVAL)
        return f"{len(few)} of {cells} gave a figure in fewer than {enough} blocks, which is too few for a claim."
    most = max(few)
    number = f"{spell_number(most)} {'block' if most == 1 else 'blocks'}"
    how_many = f"{number.capitalize()} only" if min(few) == most else f"At most {number}"
    return f"{how_many}: figures, no claims."
