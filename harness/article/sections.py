"""The section of the report on the article's claims."""

from collections.abc import Iterator, Sequence

from harness.analysis.findings import Findings
from harness.article import wording
from harness.article.findings import ArticleRow, Claim, ClaimEvidence, ClaimVerdict, article_findings
from harness.model.groups import group_by
from harness.report.cells import name_servers
from harness.report.document import Block, Line, Paragraph, Row, Section, TableCell, Tone, as_line, code, line, table
from harness.report.naming import Names
from harness.report.numbers import NONE, between, milliseconds, ratio, seconds

_MAX_NAMES = 3
_TONES = {ClaimVerdict.CONFIRMED: Tone.GOOD, ClaimVerdict.REFUTED: Tone.BAD, ClaimVerdict.NOT_TESTED: Tone.UNSURE}
_ROW_HEADERS = ("server", "style", "requests", "article, s", "here, s", "excess, ms")


def claims_section(findings: Findings) -> Section | None:
    """Return the article's claims, and its figures next to ours; None if there is no evidence for any claim."""
    found, names = article_findings(findings), Names(findings.header.plan)
    blocks: list[Block] = []
    if any(claim.evidence for claim in found.claims):
        rows: list[Row] = [
            [
                str(claim.number),
                line(wording.CLAIMS[claim.number].says),
                TableCell(as_line(claim.verdict), _TONES[claim.verdict]),
                line(_summarize(claim, findings, names)),
            ]
            for claim in found.claims
            if claim.verdict is not ClaimVerdict.NOT_TESTED
        ]
        blocks += [Paragraph(line(wording.CLAIMS_READING)), table(("claim", "says", "answer", "seen"), rows, "rlll")]
    blocks += _render_rows(found.rows)
    if not blocks:
        return None
    answers = [
        f"{verdict} {', '.join(numbers)}"
        for verdict in ClaimVerdict
        if (numbers := [str(claim.number) for claim in found.claims if claim.verdict is verdict])
    ]
    finding = line("Claims of {}: {}.", wording.ARTICLE, "; ".join(answers))
    return Section("claims", "The article's claims", tuple(blocks), rank=4, finding=finding)


def describe_conditions(evidence: ClaimEvidence, names: Names) -> str:
    """Return the server and the conditions that evidence comes from."""
    return names.name_launch(evidence.cell.launch) if evidence.client is None else names.name_series(evidence.cell)


def _render_rows(rows: Sequence[ArticleRow]) -> Iterator[Block]:
    """Yield the article's figures next to ours; nothing if no cell repeats the article."""
    if not rows:
        return
    with_engine = any(row.engine_s is not None for row in rows)
    reading = wording.ENGINE_READING if with_engine else wording.CLIENT_READING
    header = "with the engine, ms" if with_engine else "client at most, ms"
    yield Paragraph(line(f"{wording.ROWS_READING} {reading}"))
    yield table((*_ROW_HEADERS, header), [_format_row(row, with_engine=with_engine) for row in rows], "llrrrrr")


def _format_row(row: ArticleRow, *, with_engine: bool) -> list[str | Line]:
    if with_engine:
        last = NONE if row.engine_s is None else milliseconds(1000 * (row.engine_s - row.model_s))
    else:
        last = NONE if row.excess_s <= 0 else milliseconds(1000 * row.client_part_s)
    times = seconds(row.article_s), seconds(row.median_s), milliseconds(1000 * row.excess_s)
    return [row.server, as_line(code(row.style)), str(row.concurrency), *times, last]


def _summarize(claim: Claim, findings: Findings, names: Names) -> str:
    """Return the common evidence of the servers that settle a claim, or why none does."""
    if reason := wording.explain_untested(claim):
        return reason
    # The verdict on the claim comes first.
    settled = (each for each in claim.evidence if each.reason is None)
    by_verdict = group_by(
        sorted(settled, key=lambda each: each.verdict is not claim.verdict), lambda each: each.verdict
    )
    alike, total = by_verdict[claim.verdict], len(claim.evidence)
    if len(by_verdict) == 1 and (len(alike) == total or len(alike) <= _MAX_NAMES):
        # Conditions are named only if not all servers saw the same.
        if len(alike) < total:
            servers = ", ".join(describe_conditions(each, names) for each in alike)
        else:
            servers = name_servers((each.cell.launch.server for each in alike), findings)
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
