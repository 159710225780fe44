"""Every kind of report is good Markdown on GitHub: nothing of its source shows, and every link leads somewhere."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import pairwise

import pytest
from markdown_it.token import Token

from harness.analysis.findings import (
    CellFinding,
    Choice,
    Comparison,
    Control,
    Findings,
    Option,
    Outcome,
    RunWarning,
    ThresholdFinding,
    ThresholdReason,
    Trouble,
    TroubleCode,
    WarningCode,
    Withheld,
    Withholding,
)
from harness.analysis.statistics.verdicts import SLOWER, UNDECIDED
from harness.article.findings import ArticleRow, Claim, ClaimEvidence, ClaimVerdict
from harness.model.flags import Flag
from harness.model.outcomes import Status
from harness.report.chart import THEMES, Chart
from harness.report.charts.catalog import CHARTS
from harness.report.markdown import render_markdown
from harness.report.questions.repeat import FILES
from harness.report.report import build_report
from tests.builders.executors import BURST, CLOSED_LOOP, CONSTANT_RATE, POISSON_RATE
from tests.builders.findings import Run, failed, findings, with_article, with_plan
from tests.builders.journals import analyse
from tests.builders.many import many
from tests.builders.published import published
from tests.builders.reader import headings, parse, pieces, raw_html, tables

LOADS: Mapping[str, Run] = {
    BURST: Run(),
    CLOSED_LOOP: Run(executor=CLOSED_LOOP, concurrencies=(1, 64)),
    CONSTANT_RATE: Run(executor=CONSTANT_RATE, concurrencies=(64,), rates=(200, 400, 800)),
    POISSON_RATE: Run(executor=POISSON_RATE, concurrencies=(64,), rates=(200, 400, 800)),
}
SCENARIOS: Mapping[str, float | None] = {"sleep": 0.1, "noop": None}
STYLES = ("def", "async", "async-blocking", "async-to-thread", "async-threadpool")
SEVEN = ("uvicorn", "hypercorn", "granian", "gunicorn", "h2corn", "daphne", "fastpysgi")
FATES: tuple[Status, ...] = (Status.FAILED, Status.TIMEOUT, Status.SKIPPED, Status.UNSUPPORTED)
HOSTILE = "a|b<script>alert(1)</script>`[x](http://evil)*\\ | --- |\n# c"
DRAWN = [
    Chart(name, name, f'what "{name}" shows <in words> & more', {})
    for name in ("staircase", *(entry.name for entry in CHARTS if entry.name != "staircase"))
]
LINKED = {*FILES, *(chart.path(theme) for chart in DRAWN for theme in THEMES)}
PUBLISHED = ("article", "saturation")

DETAILS = re.compile(r"<details>\n<summary>(?:[^<>\n]|</?code>)*</summary>\n|</details>\n?")
PICTURE = re.compile(
    r'<picture>\n<source media="\(prefers-color-scheme: dark\)" srcset="[^"<>\n]*">\n'
    r'<img alt="[^"<>\n]*" src="[^"<>\n]*">\n</picture>\n?'
)


def with_status(status: Status) -> Findings:
    """Cells of which one gave no figure, and another one not in every block."""
    first, second, *others = findings().cells
    cells = (replace(failed(first.cell), status=status), replace(second, status=status, blocks_failed=1), *others)
    trouble = Trouble(TroubleCode.CELL_FAILED, status, "log:\n  a | b *c*", 2, (second.cell,))
    warning = RunWarning(WarningCode.LAUNCHES_DIFFER, launch=second.cell.launch, fact="loop", values=("a | b", "c"))
    return replace(findings(), cells=cells, troubles=(trouble,), warnings=(warning,))


def with_flags(run: Run) -> Findings:
    def flagged(finding: CellFinding) -> CellFinding:
        return replace(finding, flagged_blocks=dict.fromkeys(Flag, 2), measured_again=3)

    some = findings(run)
    return replace(some, cells=tuple(map(flagged, some.cells)))


def judged(some: Findings, *, within: bool | None = True) -> Findings:
    """With a verdict of each kind, an A/A control and a threshold of each outcome."""
    cells = {(one.cell.launch.server, one.cell.style): one.cell for one in some.cells}
    one, other, elsewhere = cells["uvicorn", "def"], cells["uvicorn", "async"], cells["granian", "async"]
    control = Control((one, other), 8, 1.02, 0.97, 1.04, within)
    return replace(
        some,
        control=control if within is not False else replace(control, ratio=1.2, low=1.1, high=1.3),
        comparisons=(
            Comparison(one, other, 8, 1.9, 1.8, 2.0, 0.05, SLOWER),
            Comparison(elsewhere, other, 8, 1.0, 0.8, 1.2, 0.05, UNDECIDED),
            Comparison(elsewhere, other, 8, None, None, None, 0.05, None, Withholding(Withheld.BLOCKS_LOST, 1, 9)),
        ),
        thresholds=tuple(
            ThresholdFinding(
                f"p99{{style:{outcome}}}: < 1|0ms",
                "p99",
                outcome,
                ThresholdReason.NO_FIGURE,
                one,
            )
            for outcome in Outcome
        ),
    )


def of_the_article() -> Findings:
    some = findings(Run(thread_limits=("default",)))
    figures = {"ratio": 1.0, "at_once": 40, "knee_low": 40, "knee_high": 41, "limiter_tokens": 40}
    seen = ClaimEvidence(some.cells[0].cell, "engine", ClaimVerdict.CONFIRMED, None, figures)
    claims = [Claim(number, ClaimVerdict.CONFIRMED, (seen,)) for number in (1, 4)]
    untested = Claim(5, ClaimVerdict.NOT_TESTED, ())
    row = ArticleRow("uvicorn", "async", 120, 2.173, 2.061, 2.0, 0.05)
    return with_article(some, (row, replace(row, style="def")), (*claims, untested))


def to_choose_from() -> Findings:
    some = judged(findings(Run(styles=STYLES)))
    options = [
        Option("def", 40, 40, (0.3, 0.31), 0.3),
        Option("def", 120, 120, (), 0.1),
        Option("async", None, None, (0.11,), 0.1),
        Option("async-blocking", None, None, (), 12.0),
    ]
    return replace(some, choice=Choice(some.cells[0].cell.launch, "engine", 120, tuple(options)))


def hostile() -> Findings:
    run = Run(title=HOSTILE, scenario=HOSTILE, servers=(HOSTILE, "uvicorn", "granian"), loop=HOSTILE, client=HOSTILE)
    some = judged(findings(run))
    facts = {"cpu": HOSTILE, HOSTILE: HOSTILE, "versions": {HOSTILE: HOSTILE}}
    launch = some.cells[0].cell.launch
    warning = RunWarning(WarningCode.LAUNCHES_DIFFER, launch=launch, fact=f"versions.{HOSTILE}", values=(HOSTILE,))
    some = replace(some, header=replace(some.header, environment=facts), warnings=(warning,))
    return with_plan(some, profile=HOSTILE, only=(HOSTILE,), matrix=f"{HOSTILE}\n```\n{HOSTILE}")


def findings_of(profile: str) -> Findings:
    return published(profile)[0]


KINDS: Mapping[str, Callable[[], Findings]] = {
    **{
        f"{scenario}, {executor}": partial(judged, findings(replace(run, scenario=scenario, delay_s=delay_s)))
        for scenario, delay_s in SCENARIOS.items()
        for executor, run in LOADS.items()
    },
    **{status: partial(with_status, status) for status in FATES},
    **{f"doubtful, {executor}": partial(with_flags, run) for executor, run in LOADS.items()},
    "one block": partial(judged, findings(Run(blocks=1)), within=None),
    "interrupted": partial(replace, findings(Run(blocks=1)), finished=False, blocks=0),
    "nothing measured": partial(replace, findings(), cells=(), ratios=(), knees=(), launches=()),
    "A/A broken": partial(judged, findings(), within=False),
    "all that varies": partial(findings, Run(styles=STYLES, thread_limits=(40, "default"), workers=(1, 2))),
    "seven servers": partial(judged, findings(Run(servers=SEVEN, thread_limits=(7, 40)))),
    "the article": of_the_article,
    "a choice": to_choose_from,
    "many scenarios": lambda: analyse(many()),
    "many scenarios on two servers in two blocks": lambda: analyse(many(("uvicorn", "granian"), 2)),
    "hostile": hostile,
    **{f"the published {profile}": partial(findings_of, profile) for profile in PUBLISHED},
}


@pytest.fixture(scope="module", params=KINDS)
def report(request: pytest.FixtureRequest) -> str:
    return render_markdown(build_report(KINDS[request.param](), DRAWN))


def test_every_table_is_a_table_of_at_most_seven_columns(report: str) -> None:
    for rows in tables(report):
        assert len(set(rows)) == 1
        assert rows[0] <= 7
    assert len(tables(report)) == sum(re.fullmatch(r"\|( ---:? \|)+", line) is not None for line in lines(report))


def lines(report: str) -> list[str]:
    """The lines of the source that are no code block."""
    return re.sub(r"^(`{3,}).*?^\1$", "", report, flags=re.DOTALL | re.MULTILINE).splitlines()


def test_nothing_of_the_source_shows(report: str) -> None:
    for piece in pieces(report):
        if piece.type == "text" and HOSTILE[:3] not in report:
            assert not re.search(r"\*\*|`|\]\(|\|\s*-{3}|<\w|^\s*[|#>]", piece.content), piece.content


def test_raw_html_is_nothing_but_parts_that_fold_and_pictures(report: str) -> None:
    for piece in raw_html(report):
        assert DETAILS.fullmatch(piece) or PICTURE.fullmatch(piece), piece
    assert report.count("\n<details>\n") == report.count("\n</details>")


def test_what_is_folded_away_is_read_as_markdown(report: str) -> None:
    for tokens in folded(report):
        assert {token.type for token in tokens} & {"table_open", "paragraph_open", "fence"}


def folded(report: str) -> Iterator[list[Token]]:
    """The tokens inside each part that folds, those of parts inside it included."""
    open_parts: list[list[Token]] = []
    for token in parse(report):
        if token.type == "html_block" and token.content.startswith("<details>"):
            open_parts.append([])
        elif token.type == "html_block" and token.content.startswith("</details>"):
            yield open_parts.pop()
        for inside in open_parts:
            inside.append(token)
    assert open_parts == []


def test_headings_go_down_one_level_at_a_time_and_no_two_are_alike(report: str) -> None:
    levels = [int(token.tag[1]) for token in parse(report) if token.type == "heading_open"]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise([0, *levels]))
    assert [slug for slug, times in Counter(slugs(report)).items() if times > 1] == []


def slugs(report: str) -> list[str]:
    """What GitHub calls the headings: those of their signs that are letters, digits, hyphens, underscores or spaces."""
    plain = (re.sub(r"[`\\]", "", heading) for heading in headings(report))
    return ["".join(sign for sign in one.lower() if sign.isalnum() or sign in "-_ ").replace(" ", "-") for one in plain]


def test_every_link_leads_to_a_heading_or_a_file_of_the_run(report: str) -> None:
    hrefs = [str(piece.attrs["href"]) for piece in pieces(report) if piece.type == "link_open"]
    drawn = re.findall(r'(?:srcset|src)="([^"]*)"', report)
    assert {href.removeprefix("#") for href in hrefs if href.startswith("#")} <= {*slugs(report)}
    assert {*drawn, *(href for href in hrefs if not href.startswith(("#", "https://")))} <= LINKED


def test_charts_stand_at_the_top_or_under_the_heading_of_their_section() -> None:
    cells = tuple(finding for load in LOADS.values() for finding in findings(load).cells)
    report = render_markdown(build_report(replace(judged(findings(), within=True), cells=cells), DRAWN))
    order = re.findall(r'^## (.*)$|src="charts/(.*)-light.svg"', report, re.MULTILINE)
    stand_under: dict[str, list[str]] = {"": []}
    for heading, chart in order:
        stand_under.setdefault(heading or [*stand_under][-1], []).extend([chart] if chart else [])
    assert {heading: charts for heading, charts in stand_under.items() if charts} == {
        "": ["staircase"],
        "What breaks first?": ["health"],
        "Where does the time go?": ["waves"],
        "All figures": ["throughput", "saturation"],
        "Can I trust this?": ["control"],
    }
