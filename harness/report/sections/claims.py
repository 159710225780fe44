"""The seven claims of the article, each with the answer of this run and what was seen."""

from collections.abc import Iterable, Sequence

from harness.analysis.findings import Answer, Claim, Evidence, Findings
from harness.analysis.knees import THRESHOLD
from harness.report.sections.article import ARTICLE
from harness.report.sentences.behind import all_of
from harness.report.writing.markdown import details, prose, table, text
from harness.report.writing.numbers import NONE, between, listed, ratio, word

_HEADERS = ("claim", "says", "answer", "what was seen")
_MOST_NAMES = 3
_EVIDENCE = "What each server has to say to them"
_EVIDENCE_HEADERS = ("claim", "where", "answer", "what was seen")
_READING = (
    f"What {ARTICLE} says of `async def` and of `def`, which it calls sync, held "
    "against this run. A claim is refuted where one server refutes it, confirmed where one confirms it and none "
    "refutes it, and otherwise not tested. Times are called the same, or flat, where the 95% interval of their ratio "
    f"lies below {THRESHOLD:g}, as for a knee and not as for a verdict; where there is no work to wait for, where it "
    "lies within the practical difference."
)
_SETTLED: tuple[Answer, Answer] = ("confirmed", "refuted")
_SEEN: dict[int, dict[Answer, str]] = {
    1: dict.fromkeys(_SETTLED, "`def` took {ratio} times as long as `async`, with a thread for each request"),
    2: dict.fromkeys(
        _SETTLED,
        "`async` took {ratio} times as long with the most requests as with a thread for each; each further request "
        "added {each_further_ms} ms",
    ),
    3: dict.fromkeys(
        _SETTLED,
        "from the thread limit on (Model fit takes in smaller bursts, too), a line is {ratio} times as far off as a "
        "staircase with a step at each multiple of the limit",
    ),
    4: {
        "confirmed": "the knees are apart, although the conditions are the same",
        "refuted": "the knee is where the thread limit in force puts it",
    },
    5: dict.fromkeys(
        _SETTLED,
        "{limiter_tokens} threads were in force on {cores} cores and at most {peak_handlers} handlers ran at once; "
        "5 x cores would be {five_a_core}, min(32, cores + 4) would be {python_default}",
    ),
    6: {
        "confirmed": "another `async def` route did not wait: its slowest health check took {ratio} times the delay",
        "refuted": "it blocks more than that: another `async def` route of the same worker waited as well, and its "
        "slowest health check took {ratio} times the delay",
    },
    7: dict.fromkeys(
        _SETTLED,
        "a burst took {ratio} times what its requests take one after the other, with at most {peak_handlers} running "
        "at once",
    ),
}
"""What the servers that give an answer to a claim have in common, by claim and answer."""


def section(findings: Findings) -> str | None:
    """The claims and their evidence, or None where the run has nothing to say to any of them."""
    evidence = [(claim, each) for claim in findings.claims for each in claim.evidence]
    if not evidence:
        return None
    rows = [[str(claim.number), prose(claim.says), claim.answer, _seen(claim, findings)] for claim in findings.claims]
    seen = [[str(claim.number), text(each.where), each.answer, _told(each)] for claim, each in evidence]
    return "\n\n".join(
        (
            "## Its claims" if findings.article else "## The article's claims",
            _READING,
            table(_HEADERS, rows, ("right", "left", "left", "left")),
            details(_EVIDENCE, table(_EVIDENCE_HEADERS, seen, ("right", "left", "left", "left"))),
        )
    )


def sentence(findings: Findings) -> str | None:
    """Which of the claims were confirmed and refuted; None where none was tested."""
    by_answer: dict[Answer, list[str]] = {}
    for claim in findings.claims:
        by_answer.setdefault(claim.answer, []).append(str(claim.number))
    told = [f"{answer}: {listed(by_answer[answer])}" for answer in (*_SETTLED, "not tested") if answer in by_answer]
    if by_answer.keys().isdisjoint(_SETTLED):
        return None
    return f"Of the {word(len(findings.claims))} claims of {ARTICLE}, {'; '.join(told)}."


def _seen(claim: Claim, findings: Findings) -> str:
    """What the servers that settle a claim had in common, or why none does."""
    if claim.reason is not None:
        return prose(claim.reason)
    by_answer: dict[Answer, list[Evidence]] = {claim.answer: []}
    for each in claim.evidence:
        if each.answer != "not tested":
            by_answer.setdefault(each.answer, []).append(each)
    alike = by_answer[claim.answer]
    if len(by_answer) == 1 and (len(alike) == len(claim.evidence) or len(alike) <= _MOST_NAMES):
        return f"on {_these(alike, claim, findings)}, {_in_common(claim, claim.answer, alike)}"
    return "; ".join(
        f"{answer} in {len(those)} of {len(claim.evidence)} cases, where {_in_common(claim, answer, those)}"
        for answer, those in by_answer.items()
    )


def _these(alike: Sequence[Evidence], claim: Claim, findings: Findings) -> str:
    """Where something was seen: with the conditions, where not all saw it and they are few enough to be named."""
    if len(alike) < len(claim.evidence) and len(alike) <= _MOST_NAMES:
        return listed([text(each.where) for each in alike])
    return all_of(list(dict.fromkeys(text(each.launch.server) for each in alike)), findings)


def _in_common(claim: Claim, answer: Answer, alike: Sequence[Evidence]) -> str:
    """What these servers saw, each figure from the lowest to the highest of them."""
    names = dict.fromkeys(name for each in alike for name in each.figures)
    ranges = {name: _range(each.figures.get(name) for each in alike) for name in names}
    return _SEEN[claim.number][answer].format_map(ranges)


def _range(figures: Iterable[float | int | str | None]) -> str:
    written = [
        ratio(figure) if isinstance(figure, float) else str(figure)
        for figure in figures
        if isinstance(figure, (int, float))
    ]
    return between(written) if written else NONE


def _told(evidence: Evidence) -> str:
    return prose(evidence.seen if evidence.reason is None else f"{evidence.seen}; {evidence.reason}")
