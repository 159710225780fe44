"""index.html: the whole report, interactive, in one file that loads nothing."""

from collections.abc import Iterable, Sequence
from importlib.resources import files
from string import Template

from harness.analysis.bursts import Burst
from harness.analysis.findings import Findings
from harness.model.words import counted
from harness.report import readme
from harness.report.charts.chart import Chart
from harness.report.page import cells, drawings, explorer, from_markdown, vega
from harness.report.page.columns import EXPLAINED, MOST_FIGURES, TITLES, Figures, filters, left_out
from harness.report.page.markup import code, data, lines, policy, script, text
from harness.report.results import write_cell
from harness.report.sections import scenarios
from harness.report.writing.markdown import anchor
from harness.report.writing.numbers import listed

FILE_NAME = "index.html"

_SCRIPTS = ("state.js", "theme.js", "table.js", "charts.js", "explorer.js", "main.js")
_ADVICE = ("choose", "endpoints")
_AT_THE_TOP = ("title", "run", "banner", "answer", *_ADVICE)
_OTHERWISE = ("contents", "chart", "durations", "closed_loop", "open_loop", "split", "health", "raw_data")
"""Sections whose content the page has in another form, such as the table of all cells."""
_LONG = ("servers",)
"""Sections that do not fit into a page of very many cells."""


def render(findings: Findings, charts: Sequence[Chart], bursts: Sequence[Burst]) -> str:
    """Return the page of a run; the same findings give the same bytes."""
    written = readme.sections(findings, {})
    figures = [write_cell(finding) for finding in findings.cells]
    advice = [written[name] for name in _ADVICE if name in written]
    gone = left_out(figures)
    elsewhere = {*_AT_THE_TOP, *_OTHERWISE, *(_LONG if gone else ())}
    # What stands above the tables of each scenario in the report has a section of its own here, where there is but one.
    of_scenarios = scenarios.section(findings)
    further = [
        *([of_scenarios] if of_scenarios else []),
        *(section for name, section in written.items() if name not in elsewhere),
    ]
    scripts = [*([vega.script()] if charts or bursts else []), _ours()]
    return _filled(
        "page.html",
        policy=policy(scripts),
        style="\n".join([_file("page.css"), cells.style(figures)]),
        title=text(findings.header.plan.title),
        run=from_markdown.inline(written["run"]),
        contents=_contents(advice, charts, bursts, further),
        banner=from_markdown.html(written.get("banner", "")),
        answer=from_markdown.html(written["answer"]),
        choose="\n".join(map(_section, advice)),
        count=_count(len(figures)),
        filters=_filters(figures),
        charts="\n".join([*([drawings.HEADING] if charts else []), *map(drawings.figure, charts)]),
        groups=cells.choice(figures),
        explanations=_explanations(figures),
        left_out=_left_out(len(figures), gone),
        cells=cells.table(figures, findings),
        explorer=_explorer(bursts) if bursts else "",
        sections="\n".join(map(_section, further)),
        digest=_digest(findings),
        licences=_licences() if charts or bursts else "",
        data="\n".join(_data(findings, charts, bursts)),
        scripts="\n".join(map(script, scripts)),
    )


def _ours() -> str:
    """Return our own scripts as one script with a scope of its own."""
    return "(() => {\n'use strict';\n" + "\n".join(map(_file, _SCRIPTS)) + "})();\n"


def _file(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


def _filled(template: str, **parts: str) -> str:
    return Template(_file(template)).substitute(parts)


def _section(markdown: str) -> str:
    return f"<section>\n{from_markdown.html(markdown)}\n</section>"


def _digest(findings: Findings) -> str:
    return f" (SHA-256 {code(findings.journal_sha256)})" if findings.journal_sha256 else ""


def _contents(advice: Iterable[str], charts: Sequence[Chart], bursts: Sequence[Burst], further: Iterable[str]) -> str:
    """Return links to all headings of the second level."""
    headings = [
        "The answer",
        *(heading for markdown in advice for heading in from_markdown.headings(markdown)),
        *(["Charts"] if charts else []),
        "Every cell",
        *(["Waves of a burst"] if bursts else []),
        *(heading for markdown in further for heading in from_markdown.headings(markdown)),
    ]
    return "".join(f'<li><a href="#{anchor(heading)}">{lines(heading)}</a></li>' for heading in headings)


def _count(number: int) -> str:
    return f"{number} of {counted(number, 'cell')}"


def _filters(figures: Sequence[Figures]) -> str:
    """Return a group of checkboxes for each axis; an axis with a single value cannot be changed."""
    return "\n".join(
        f'<fieldset name="{column.path}"><legend>{text(column.title)}</legend>'
        + "".join(
            f'<label><input type="checkbox" value="{text(value)}" checked{" disabled" if len(values) == 1 else ""}>'
            f"<span>{text(value)}</span></label>"
            for value in values
        )
        + "</fieldset>"
        for column, values in filters(figures)
    )


def _explanations(figures: Sequence[Figures]) -> str:
    return "\n".join(f'<p data-explains="{group}">{EXPLAINED[group]}</p>' for group in cells.groups(figures))


def _left_out(number: int, groups: Sequence[str]) -> str:
    """Return a note on figures that did not fit into the page, and where they are; empty if all are here."""
    if not groups:
        return ""
    names = listed([f"<em>{TITLES[group]}</em>" for group in groups])
    return (
        f'<p class="note">The figures of {number:,} cells are more than the {MOST_FIGURES:,} that this page holds. So '
        f'it is without {names}, which are in <a href="results.json">results.json</a>, and without what was in force '
        f'inside each server, which is in <a href="README.md">README.md</a>.</p>'
    )


def _explorer(bursts: Sequence[Burst]) -> str:
    thinned = explorer.thinned(bursts)
    return _filled("explorer.html", thinned=f'<p class="note">{text(thinned)}</p>' if thinned else "")


def _licences() -> str:
    return (
        "<details><summary>Charts are drawn by Vega, Vega-Lite and Vega-Embed: their licences</summary>"
        f"<pre>{lines(vega.licences())}</pre></details>"
    )


def _data(findings: Findings, charts: Sequence[Chart], bursts: Sequence[Burst]) -> Iterable[str]:
    yield data("charts-data", drawings.for_scripts(charts))
    if bursts:
        yield data("bursts-data", explorer.for_scripts(bursts, findings))
