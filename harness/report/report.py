"""The report of a run as a document: the answer first, then its evidence, folded.

To add a section, add its module to `questions/` and its functions to `SECTIONS` or `DECISIONS`.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from harness.analysis.findings import Findings
from harness.analysis.statistics.verdicts import Verdict
from harness.article.sections import claims_section
from harness.model.words import counted
from harness.report.chart import Chart
from harness.report.charts.catalog import CHARTS
from harness.report.document import (
    Block,
    Document,
    Figure,
    Line,
    Paragraph,
    Section,
    Table,
    TableCell,
    as_line,
    join,
    line,
    strong,
    table,
)
from harness.report.questions import (
    breaks,
    endpoints,
    explain,
    figures,
    repeat,
    scenarios,
    servers,
    steady,
    styles,
    threads,
    thresholds,
    time_spent,
    trust,
)
from harness.report.questions.decision import Decision
from harness.report.text import flatten

MOST_DECISIONS = 7

DECISIONS: Sequence[Callable[[Findings], Decision | None]] = (
    styles.decide,
    servers.decide,
    threads.decide,
    breaks.decide,
    endpoints.decide,
    thresholds.decide,
    trust.decide,
)
"""The questions of the decision table, in its order."""

SECTIONS: Sequence[Callable[[Findings], Section | None]] = (
    styles.section,
    servers.section,
    threads.section,
    breaks.section,
    endpoints.section,
    thresholds.section,
    claims_section,
    time_spent.section,
    figures.section,
    trust.section,
    scenarios.section,
    explain.section,
    repeat.section,
)
"""The sections after the first screen, in their order."""


def build_report(findings: Findings, charts: Sequence[Chart]) -> Document:
    """Return the whole report; the first chart leads, the others stand in their sections."""
    lead = charts[:1]
    opening = Section("answer", None, (*_first_screen(findings), *map(Figure, lead), *_numbers(findings)), rank=1)
    found = [section for build in SECTIONS if (section := build(findings)) is not None]
    places = {entry.name: entry.section for entry in CHARTS}
    illustrated = [
        _illustrate(section, [chart for chart in charts[1:] if places[chart.name] == section.name]) for section in found
    ]
    return Document(findings.header.plan.title, (opening, *illustrated))


def headline(findings: Findings) -> Line:
    """Return the sentence that says most and can stand alone."""
    candidates = (
        trust.headline,
        breaks.describe_nothing_measured,
        endpoints.headline,
        styles.headline,
        steady.headline,
    )
    found = (sentence for candidate in candidates if (sentence := candidate(findings)) is not None)
    return next(found, as_line("No question of this report has an answer; see the figures."))


def decisions(findings: Findings) -> Table | None:
    """Return the decision table, None if no question has an answer."""
    found = [decision for decide in DECISIONS if (decision := decide(findings)) is not None]
    if not found:
        return None
    rows = [(one.question, TableCell(one.answer, one.tone), one.measured) for one in found[:MOST_DECISIONS]]
    return table(("question", "answer", "measured"), rows, "lll")


def summarize(findings: Findings) -> str:
    """Return the headline and the decisions as plain text on one line; the headline comes first."""
    found = [decision for decide in DECISIONS if (decision := decide(findings)) is not None]
    sentences = [line("{} {} ({}).", one.question, one.answer, one.measured) for one in found]
    return flatten(join([headline(findings), *sentences]))


def describe_run(findings: Findings) -> Line:
    """Return the time, the profile and the blocks of a run, and whether it was interrupted."""
    plan = findings.header.plan
    facts: list[Line] = [as_line(format_time(findings.header.started_at))]
    if plan.profile:
        facts.append(line("profile {}", plan.profile))
    blocks = _count_blocks(findings)
    if findings.rerun:
        blocks = f"{blocks} and {findings.rerun} of a rerun"
    facts.append(as_line(blocks) if findings.finished else line("{} after {}", strong("interrupted"), blocks))
    # A run that was killed could not say how long it took.
    if findings.wall_s:
        facts.append(as_line(f"measured in {findings.wall_s:.0f} s"))
    return join(facts, " · ")


def format_time(stamp: str) -> str:
    """Return a time of the journal in UTC, to the minute; anything that is no time is shown unchanged."""
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return stamp
    # A stamp without a zone is UTC: the local zone of the reader must not change the report.
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _first_screen(findings: Findings) -> list[Block]:
    blocks: list[Block | None] = [
        Paragraph(describe_run(findings)),
        trust.caution(findings),
        Paragraph(strong(headline(findings))),
        decisions(findings),
    ]
    return [block for block in blocks if block is not None]


def _numbers(findings: Findings) -> list[Block]:
    overview = endpoints.overview(findings)
    return [overview] if overview is not None else figures.numbers(findings)


def _illustrate(section: Section, charts: Sequence[Chart]) -> Section:
    blocks = (*map(Figure, charts), *section.blocks)
    return Section(section.name, section.title, blocks, section.rank, section.finding)


def _count_blocks(findings: Findings) -> str:
    plan, measured = findings.header.plan, counted(findings.blocks, "block")
    if not plan.is_sequential:
        return f"{findings.blocks} of {counted(plan.blocks, 'block')}"
    undecided = sum(comparison.verdict is Verdict.UNDECIDED for comparison in findings.comparisons)
    compared = counted(len(findings.comparisons), "comparison")
    if undecided and findings.blocks == plan.blocks:
        return f"{measured}, the maximum of the matrix; {undecided} of {compared} undecided"
    if undecided and findings.finished and plan.budget_s is not None:
        return f"{measured}, all that fit into {plan.budget_s:g} s; {undecided} of {compared} undecided"
    return f"{measured} of at most {plan.blocks}"
