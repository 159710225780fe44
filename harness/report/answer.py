"""The verdict of a run in words: a sentence that leads and can stand alone, and a bullet for each question after it."""

from collections.abc import Iterable, Iterator

from harness.analysis.findings import Findings
from harness.article.sections import claims_sentence
from harness.report.sections import choose, control, health, verdicts
from harness.report.sentences import advised, agreeing, behind, beside, breaks, steady, trust
from harness.report.writing.markdown import MARKDOWN, PLAIN, Voice
from harness.report.writing.markdown import bullets as bulleted


def markdown(findings: Findings) -> str:
    """Return the verdict in Markdown."""
    told = bulleted(
        [f"**{question}** {answer}" if question else answer for question, answer in bullets(findings, MARKDOWN)]
    )
    return "\n\n".join(part for part in (f"**{lead(findings, MARKDOWN)}**", told) if part)


def plain(findings: Findings) -> str:
    """Return the verdict as plain text on one line, without the questions; the lead comes first."""
    return " ".join([lead(findings, PLAIN), *(answer for _, answer in bullets(findings, PLAIN))])


def in_lines(findings: Findings) -> str:
    """Return the verdict as plain text for a terminal: the lead, then one line per question."""
    asked = bulleted([f"{question} {answer}".lstrip() for question, answer in bullets(findings, PLAIN)])
    return "\n".join(part for part in (lead(findings, PLAIN), asked) if part)


def lead(findings: Findings, voice: Voice) -> str:
    """Return the lead: the sentence that says most, and can stand alone."""
    facts = (*_first(findings, voice), *_of_bursts(findings, voice), *steady.sentences(findings, voice))
    return control.verdict(findings) or breaks.nothing_measured(findings) or next(iter(facts), "See the tables.")


def bullets(findings: Findings, voice: Voice) -> list[tuple[str, str]]:
    """Return each question that the run answers, with its answer, which makes sense without the question.

    What should be done in one of many scenarios answers no question of its own: it is empty.
    """
    told = {lead(findings, voice)}
    every = []
    for question, sentences in _questions(findings, voice):
        if said := [sentence for sentence in sentences if sentence is not None and sentence not in told]:
            every.append((question, " ".join(said)))
    return every


def _questions(findings: Findings, voice: Voice) -> Iterator[tuple[str, Iterable[str | None]]]:
    """Yield all questions, each with the sentences that may answer it, the lead among them."""
    many = agreeing.leads(findings)
    if many:
        yield from (("", [told]) for told in advised.lines(findings, voice))
    in_def, in_async = voice.code("def"), voice.code("async def")
    yield (
        f"{in_def} or {in_async}?",
        (
            *(() if many else _of_bursts(findings, voice)),
            None if many else beside.while_def_keeps_up(findings, voice),
            verdicts.sentence(findings, voice, "styles"),
        ),
    )
    # Of many scenarios there is a line each, and no more.
    limits, conditions = ([], []) if many else ([*behind.others(findings, voice)], [*steady.sentences(findings, voice)])
    if not behind.by_thread_limit(findings):
        limits, conditions = [], [*limits, *conditions]
    yield "How many threads?", (*limits, beside.why_def_waits(findings, voice))
    yield "Under other conditions?", conditions
    yield "Which server?", (verdicts.ranking(findings, voice), verdicts.sentence(findings, voice, "servers"))
    yield "What else was compared?", (verdicts.sentence(findings, voice, "others"),)
    yield (
        "What breaks first?",
        (
            breaks.gave_up(findings, voice),
            breaks.blocking_the_loop(findings, voice),
            health.starved(findings, voice),
            health.full_pool(findings, voice),
            steady.at_the_highest_rate(findings, voice),
            breaks.what_is_missing(findings),
        ),
    )
    yield "What of the article?", (claims_sentence(findings),)
    yield "What to choose?", () if many else choose.sentences(findings, voice)
    yield "May this be believed?", trust.sentences(findings, voice)


def _first(findings: Findings, voice: Voice) -> Iterator[str]:
    """Yield the lead of a run that advises how to write endpoints."""
    if agreeing.leads(findings):
        summary = advised.summary(findings, voice)
        yield from [summary] if summary else advised.lines(findings, voice)


def _of_bursts(findings: Findings, voice: Voice) -> Iterator[str]:
    """Yield where `def` falls behind under the first conditions, or how it compares if there is no knee."""
    yield from behind.first(findings, voice)
    yield from beside.without_a_knee(findings, voice)
    if (alone := beside.nothing_to_compare(findings, voice)) is not None:
        yield alone
