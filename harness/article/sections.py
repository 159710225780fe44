"""The two sections of the report on the article, and the sentence on its claims."""

from collections.abc import Sequence

from harness.analysis.findings import Findings
from harness.article import wording
from harness.article.findings import ArticleRow, Claim, ClaimEvidence, ClaimVerdict, article_findings
from harness.model.groups import group_by
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
    reading, header = wording.CLIENT_READING, "client at most"
    if with_engine := any(row.engine_s is not None for row in rows):
        reading, header = wording.ENGINE_READING, "with the engine, ms"
    compared = []
    for alike in group_by(rows, lambda row: row.style).values():
        highest = max(row.concurrency for row in alike)
        compared.append(_compare_to_model([row for row in alike if row.concurrency == highest]))
    lines = [_format_row(row, with_engine=with_engine) for row in rows]
    parts = f"{wording.ROWS_READING} {reading}", table((*_ROW_HEADERS, header), lines, _ROW_ALIGN), bullets(compared)
    return "\n\n".join(["## The article", *parts])


def _format_row(row: ArticleRow, *, with_engine: bool) -> list[str]:
    if with_engine:
        last = NONE if row.engine_s is None else milliseconds(1000 * (row.engine_s - row.model_s))
    else:
        last = NONE if row.excess_s <= 0 else f"{milliseconds(1000 * row.client_part_s)} ms ({_client_share(row)})"
    times = seconds(row.article_s), seconds(row.median_s), milliseconds(1000 * row.excess_s)
    return [text(row.server), code(row.style), str(row.concurrency), *times, last]


def _client_share(row: ArticleRow) -> str:
    return percent(round(row.client_part_s / row.excess_s, 2))


def _compare_to_model(rows: Sequence[ArticleRow]) -> str:
    """Return by how much the article and the servers here exceeded the model, for one style and concurrency."""
    here = []
    for row in rows:
        bound = "at most " if row.engine_s is None else ""
        above_ms = 1000 * row.excess_s
        here.append(
            f"{text(row.server)} was {milliseconds(-above_ms)} ms below"
            if above_ms <= 0
            else f"{text(row.server)} was {milliseconds(above_ms)} ms above "
            f"(the client {bound}{_client_share(row)} of it)"
        )
    first = rows[0]
    return (
        f"{code(first.style)}, {first.concurrency} at once: the article was "
        f"{milliseconds(1000 * (first.article_s - first.model_s))} ms above the {seconds(first.model_s)} s of the "
        f"model; here {listed(here)}."
    )


def claims_section(findings: Findings) -> str | None:
    """Return the claims and the evidence, None if there is no evidence for any of them."""
    found, names = article_findings(findings), Names(findings.header.plan)
    claims, evidence = [], []
    for claim in found.claims:
        number, says = str(claim.number), prose(wording.CLAIMS[claim.number].says)
        claims.append([number, says, claim.verdict, _summarize(claim, findings, names)])
        for each in claim.evidence:
            seen = wording.describe_evidence(claim, each)
            if each.reason is not None:
                seen = f"{seen}; {wording.describe_reason(each.reason)}"
            evidence.append([number, text(describe_conditions(each, names)), each.verdict, prose(seen)])
    if not evidence:
        return None
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


def _summarize(claim: Claim, findings: Findings, names: Names) -> str:
    """Return what the servers that settle a claim have in common, or why none does."""
    if reason := wording.explain_untested(claim):
        return prose(reason)
    # The verdict on the claim comes first.
    settled = (each for each in claim.evidence if each.reason is None)
    by_verdict = group_by(
        sorted(settled, key=lambda each: each.verdict is not claim.verdict), lambda each: each.verdict
    )
    alike, total = by_verdict[claim.verdict], len(claim.evidence)
    if len(by_verdict) == 1 and (len(alike) == total or len(alike) <= _MAX_NAMES):
        # Conditions are named only if not all servers saw the same.
        if len(alike) < total:
            servers = listed([text(describe_conditions(each, names)) for each in alike])
        else:
            servers = all_of(list(dict.fromkeys(text(each.cell.launch.server) for each in alike)), findings)
        return f"on {servers}, {_describe_common(claim, alike)}"
    return "; ".join(
        f"{verdict} in {len(those)} of {total} cases, where {_describe_common(claim, those)}"
        for verdict, those in by_verdict.items()
    )


def _describe_common(claim: Claim, alike: Sequence[ClaimEvidence]) -> str:
    """Return what servers with the same verdict showed, with the range of each figure."""
    ranges = {}
    for name in dict.fromkeys(name for each in alike for name in each.figures):
        figures = [figure for each in alike if isinstance(figure := each.figures.get(name), (int, float))]
        written = [ratio(figure) if isinstance(figure, float) else str(figure) for figure in figures]
        ranges[name] = between(written) if written else NONE
    return wording.summary_template(claim.number, alike[0].verdict).format_map(ranges)
