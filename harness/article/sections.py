"""The two sections of the report on the article, and the sentence on its claims."""

from collections.abc import Iterable, Sequence

from harness.analysis.findings import Findings
from harness.article import wording
from harness.article.findings import ArticleRow, Claim, ClaimEvidence, ClaimVerdict, article_findings
from harness.report.naming import Names
from harness.report.sentences.behind import all_of
from harness.report.writing.markdown import Align, bullets, code, details, prose, table, text
from harness.report.writing.numbers import NONE, between, listed, milliseconds, percent, ratio, seconds, spell_number

_ROW_HEADERS = ("server", "style", "at once", "article, s", "here, s", "excess, ms")
_ROW_ALIGN: tuple[Align, ...] = ("left", "left", "right", "right", "right", "right", "right")
_CLAIM_ALIGN: tuple[Align, ...] = ("right", "left", "left", "left")
_MAX_NAMES = 3


def article_section(findings: Findings) -> str | None:
    """Return the article's figures next to ours, None if no cell did what the article did."""
    rows = article_findings(findings).rows
    if not rows:
        return None
    with_engine = any(row.engine_s is not None for row in rows)
    reading = wording.ENGINE_READING if with_engine else wording.CLIENT_READING
    headers = (*_ROW_HEADERS, "with the engine, ms" if with_engine else "client at most")
    lines = [[*_figures(row), _engine_excess(row) if with_engine else _client_part(row)] for row in rows]
    highest = {row.style: row.concurrency for row in sorted(rows, key=lambda row: row.concurrency)}
    compared = [
        _compare_to_model([row for row in rows if (row.style, row.concurrency) == (style, highest[style])])
        for style in dict.fromkeys(row.style for row in rows)
    ]
    parts = f"{wording.ROWS_READING} {reading}", table(headers, lines, _ROW_ALIGN), bullets(compared)
    return "\n\n".join(["## The article", *parts])


def _figures(row: ArticleRow) -> list[str]:
    times = seconds(row.article_s), seconds(row.median_s), milliseconds(1000 * row.excess_s)
    return [text(row.server), code(row.style), str(row.concurrency), *times]


def _engine_excess(row: ArticleRow) -> str:
    return NONE if row.engine_s is None else milliseconds(1000 * (row.engine_s - row.model_s))


def _client_part(row: ArticleRow) -> str:
    return NONE if row.excess_s <= 0 else f"{milliseconds(1000 * row.client_part_s)} ms ({_client_share(row)})"


def _client_share(row: ArticleRow) -> str:
    return percent(round(row.client_part_s / row.excess_s, 2))


def _compare_to_model(rows: Sequence[ArticleRow]) -> str:
    row = rows[0]
    return (
        f"{code(row.style)}, {row.concurrency} at once: the article was "
        f"{milliseconds(1000 * (row.article_s - row.model_s))} ms above the {seconds(row.model_s)} s of the model; "
        f"here {listed([_describe_excess(row) for row in rows])}."
    )


def _describe_excess(row: ArticleRow) -> str:
    excess_ms = 1000 * row.excess_s
    if excess_ms <= 0:
        return f"{text(row.server)} was {milliseconds(-excess_ms)} ms below"
    bound = "at most " if row.engine_s is None else ""
    return f"{text(row.server)} was {milliseconds(excess_ms)} ms above (the client {bound}{_client_share(row)} of it)"


def claims_section(findings: Findings) -> str | None:
    """Return the claims and the evidence, None if there is no evidence for any of them."""
    found, names = article_findings(findings), Names(findings.header.plan)
    evidence = [
        [str(claim.number), text(describe_conditions(each, names)), each.verdict, prose(_describe(claim, each))]
        for claim in found.claims
        for each in claim.evidence
    ]
    if not evidence:
        return None
    claims = [
        [str(claim.number), prose(wording.CLAIMS[claim.number]), claim.verdict, _summarize(claim, findings, names)]
        for claim in found.claims
    ]
    folded = table(("claim", "where", "answer", "what was seen"), evidence, _CLAIM_ALIGN)
    return "\n\n".join(
        (
            "## Its claims" if found.rows else "## The article's claims",
            wording.CLAIMS_READING,
            table(("claim", "says", "answer", "what was seen"), claims, _CLAIM_ALIGN),
            details("What each server has to say to them", folded),
        )
    )


def claims_sentence(findings: Findings) -> str | None:
    """Return which claims were confirmed and which refuted, None if none was tested."""
    claims = article_findings(findings).claims
    numbers = {verdict: [str(claim.number) for claim in claims if claim.verdict is verdict] for verdict in ClaimVerdict}
    if not numbers[ClaimVerdict.CONFIRMED] and not numbers[ClaimVerdict.REFUTED]:
        return None
    answers = "; ".join(f"{verdict}: {listed(those)}" for verdict, those in numbers.items() if those)
    return f"Of the {spell_number(len(claims))} claims of {wording.ARTICLE}, {answers}."


def describe_conditions(evidence: ClaimEvidence, names: Names) -> str:
    """Return the server and the conditions that evidence comes from."""
    return names.name_launch(evidence.cell.launch) if evidence.client is None else names.name_series(evidence.cell)


def _describe(claim: Claim, evidence: ClaimEvidence) -> str:
    seen = wording.describe_evidence(claim, evidence)
    return seen if evidence.reason is None else f"{seen}; {wording.describe_reason(evidence.reason)}"


def _summarize(claim: Claim, findings: Findings, names: Names) -> str:
    """Return what the servers that settle a claim have in common, or why none does."""
    if reason := wording.explain_untested(claim):
        return prose(reason)
    # The verdict on the claim comes first.
    by_verdict: dict[ClaimVerdict, list[ClaimEvidence]] = {claim.verdict: []}
    for each in claim.evidence:
        if each.reason is None:
            by_verdict.setdefault(each.verdict, []).append(each)
    alike, total = by_verdict[claim.verdict], len(claim.evidence)
    if len(by_verdict) == 1 and (len(alike) == total or len(alike) <= _MAX_NAMES):
        # Conditions are named only if not all servers saw the same.
        if len(alike) < total:
            servers = listed([text(describe_conditions(each, names)) for each in alike])
        else:
            servers = all_of(list(dict.fromkeys(text(each.cell.launch.server) for each in alike)), findings)
        return f"on {servers}, {_in_common(claim, claim.verdict, alike)}"
    return "; ".join(
        f"{verdict} in {len(those)} of {total} cases, where {_in_common(claim, verdict, those)}"
        for verdict, those in by_verdict.items()
    )


def _in_common(claim: Claim, verdict: ClaimVerdict, alike: Sequence[ClaimEvidence]) -> str:
    names = dict.fromkeys(name for each in alike for name in each.figures)
    ranges = {name: _range(each.figures.get(name) for each in alike) for name in names}
    return wording.summarize(claim, verdict, ranges)


def _range(figures: Iterable[float | int | str | None]) -> str:
    """Return the lowest and the highest figure."""
    written = [ratio(one) if isinstance(one, float) else str(one) for one in figures if isinstance(one, (int, float))]
    return between(written) if written else NONE
