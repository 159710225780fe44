"""index.html: the whole report, interactive, in one file that loads nothing."""

from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from string import Template

from harness.analysis.bursts import Burst
from harness.analysis.findings import Findings
from harness.model.words import counted
from harness.report.chart import Chart
from harness.report.document import Section
from harness.report.html import render_blocks, render_line, render_section
from harness.report.numbers import listed
from harness.report.page import cells, drawings, explorer, vega
from harness.report.page.columns import EXPLAINED, MOST_FIGURES, TITLES, Figures, filters, left_out
from harness.report.page.markup import code, data, lines, policy, script, text
from harness.report.report import build_report, describe_run
from harness.report.results import write_cell

FILE_NAME = "index.html"

_SCRIPTS = ("state.js", "theme.js", "table.js", "charts.js", "explorer.js", "main.js")
_ELSEWHERE = ("answer", "figures")
"""Sections that the page has in another form: at the top, or as the table of all cells."""


def render(findings: Findings, charts: Sequence[Chart], bursts: Sequence[Burst]) -> str:
    """Return the page of a run; the same findings give the same bytes."""
    report = build_report(findings, ())
    opening = report.sections[0]
    further = [section for section in report.sections if section.name not in _ELSEWHERE]
    figures = [write_cell(finding) for finding in findings.cells]
    gone = left_out(figures)
    scripts = [*([vega.script()] if charts or bursts else []), _ours()]
    return _filled(
        "page.html",
        policy=policy(scripts),
        style="\n".join([_file("page.css"), cells.style(figures)]),
        title=text(findings.header.plan.title),
        run=render_line(describe_run(findings)),
        contents=_contents(charts, bursts, further),
        answer=render_blocks(opening.blocks[1:], _draw_nothing, "The answer"),
        count=_count(len(figures)),
        filters=_filters(figures),
        charts="\n".join([*([drawings.HEADING] if charts else []), *map(drawings.figure, charts)]),
        groups=cells.choice(figures),
        explanations=_explanations(figures),
        left_out=_left_out(len(figures), gone),
        cells=cells.table(figures, findings),
        explorer=_explorer(bursts) if bursts else "",
        sections="\n".join(render_section(section, _draw_nothing) for section in further),
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


def _draw_nothing(_: Chart) -> str:
    """Return nothing: the page draws its charts itself, above all sections."""
    return ""


def _digest(findings: Findings) -> str:
    return f" (SHA-256 {code(findings.journal_sha256)})" if findings.journal_sha256 else ""


def _contents(charts: Sequence[Chart], bursts: Sequence[Burst], further: Sequence[Section]) -> str:
    """Return links to all headings of the second level."""
    headings: Mapping[str, str] = {
        "the-answer": "The answer",
        **({"charts": "Charts"} if charts else {}),
        "every-cell": "Every cell",
        **({"waves-of-a-burst": "Waves of a burst"} if bursts else {}),
        **{section.name: section.title or "" for section in further},
    }
    return "".join(f'<li><a href="#{anchor}">{lines(heading)}</a></li>' for anchor, heading in headings.items())


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
