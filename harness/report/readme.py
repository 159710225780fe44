"""The README.md of a run folder: the answer first, then its evidence."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from harness.analysis.findings import Findings
from harness.analysis.statistics.verdicts import UNDECIDED
from harness.article.sections import article_section, claims_section
from harness.model.words import counted
from harness.report import answer
from harness.report.charts import CHARTS
from harness.report.sections import (
    belief,
    by_server,
    choose,
    closed_loop,
    control,
    durations,
    endpoints,
    health,
    how_to_read,
    knees,
    model_fit,
    open_loop,
    repeat,
    split,
    thresholds,
    troubles,
    verdicts,
)
from harness.report.writing.markdown import bullets, code, jump, link, text

_LATER = "contents"
"""A placeholder, filled once all other sections are there."""
_HEADING = re.compile("## (.*)")
FILES = {
    "index.html": "the same, interactive: open it from a copy of this folder",
    "journal.jsonl": "what was measured, request by request",
    "results.json": "the figures of this report for programs",
    "matrix.yaml": "what was asked for",
}
"""The other files of a run folder."""


def render(findings: Findings, pictures: Mapping[str, str] | None = None) -> str:
    """Return the report of a run as Markdown; the same findings give the same bytes."""
    return "\n\n".join(sections(findings, pictures or {}).values()) + "\n"


def sections(findings: Findings, pictures: Mapping[str, str]) -> dict[str, str]:
    """Return the sections of a report by name, in order; `pictures` are the charts in Markdown, by name.

    The first picture leads; the others stand in their sections.
    """
    lead = next(iter(pictures), None)
    every = {
        "title": f"# {text(findings.header.plan.title)}",
        "run": run(findings),
        "banner": control.banner(findings),
        "answer": answer.markdown(findings),
        "contents": _LATER,
        "chart": lead and pictures[lead],
        "choose": choose.section(findings),
        "endpoints": endpoints.section(findings),
        "durations": durations.section(findings),
        "closed_loop": closed_loop.section(findings),
        "open_loop": open_loop.section(findings),
        "verdicts": verdicts.section(findings),
        "thresholds": thresholds.section(findings),
        "knees": knees.section(findings),
        "split": split.section(findings),
        "health": health.section(findings),
        "model_fit": model_fit.section(findings),
        "article": article_section(findings),
        "claims": claims_section(findings),
        "belief": belief.section(findings),
        "troubles": troubles.section(findings),
        "servers": by_server.section(findings),
        "how_to_read": how_to_read.section(findings),
        "repeat": repeat.section(findings),
        "raw_data": raw_data(findings),
    }
    shown = {name: chart for name, chart in pictures.items() if name != lead}
    there = {name: _illustrated(name, section, shown) for name, section in every.items() if section}
    return there | {"contents": _contents(there.values())}


def _illustrated(name: str, section: str, pictures: Mapping[str, str]) -> str:
    """Return a section with its charts under its heading."""
    heading, *rest = section.split("\n\n")
    charts = [pictures[chart.name] for chart in CHARTS if chart.section == name and chart.name in pictures]
    return "\n\n".join([heading, *charts, *rest])


def _contents(sections: Iterable[str]) -> str:
    """Return links to all sections with a heading, on one line."""
    headings = [match[1] for section in sections if (match := _HEADING.match(section))]
    return " · ".join(jump(heading, heading) for heading in headings)


def run(findings: Findings) -> str:
    """Return the line under the title: the time, the profile, the blocks, and whether the run was interrupted."""
    plan = findings.header.plan
    facts = [format_time(findings.header.started_at), f"profile {code(plan.profile)}" if plan.profile else "no profile"]
    blocks = _blocks(findings)
    if findings.rerun:
        blocks = f"{blocks} and {findings.rerun} of a rerun"
    facts.append(blocks if findings.finished else f"**interrupted** after {blocks}")
    # A sitting that was killed could not say how long it took.
    if findings.wall_s:
        facts.append(f"measured in {findings.wall_s:.0f} s")
    return " · ".join(facts)


def _blocks(findings: Findings) -> str:
    plan, measured = findings.header.plan, counted(findings.blocks, "block")
    if not plan.is_sequential:
        return f"{findings.blocks} of {counted(plan.blocks, 'block')}"
    undecided = sum(comparison.verdict == UNDECIDED for comparison in findings.comparisons)
    if findings.blocks < plan.blocks or not undecided:
        return f"{measured} of at most {plan.blocks}"
    of_all = counted(len(findings.comparisons), "comparison")
    return f"{measured}, the most that were allowed ({undecided} of {of_all} still undecided)"


def format_time(stamp: str) -> str:
    """Return a time of the journal in UTC, to the minute; anything that is no time is shown unchanged."""
    try:
        at = datetime.fromisoformat(stamp)
    except ValueError:
        return text(stamp)
    # A stamp without a zone is UTC: the local zone of whoever renders must not change the report.
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return f"{at:%Y-%m-%d %H:%M} UTC"


def raw_data(findings: Findings) -> str:
    """Return links to the files of the run, and how to check the report."""
    parts = ["## Raw data", bullets([f"{link(code(name), name)}: {what}" for name, what in FILES.items()])]
    if findings.journal_sha256:
        parts.append(
            f"`python -m harness report --check` on this folder derives every figure again from the journal, whose "
            f"SHA-256 is {code(findings.journal_sha256)}."
        )
    return "\n\n".join(parts)
