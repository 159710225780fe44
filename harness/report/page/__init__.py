"""index.html: the whole report, interactive, in one file that loads nothing."""

from collections.abc import Iterable, Sequence
from importlib.resources import files

from markupsafe import Markup

from harness.analysis.bursts import Burst
from harness.analysis.findings import Findings
from harness.model.words import counted, one_line
from harness.report.chart import Chart
from harness.report.document import Section
from harness.report.html import render_blocks, render_line, render_section
from harness.report.page import cells, drawings, explorer, vega
from harness.report.page.columns import EXPLAINED, MOST_FIGURES, TITLES, Figures, filters, left_out
from harness.report.page.markup import data, policy, script
from harness.report.report import build_report, describe_run
from harness.report.results import write_cell
from harness.report.web import render_template

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
    scripts = [*([vega.script()] if charts or bursts else []), _ours()]
    parts = {
        "policy": policy(scripts),
        "columns_style": cells.style(figures),
        "run": render_line(describe_run(findings)),
        "answer": render_blocks(opening.blocks[1:], _draw_nothing, "The answer"),
        "charts": "\n".join([*([drawings.HEADING] if charts else []), *map(drawings.figure, charts)]),
        "groups": cells.choice(figures),
        "explanations": _explanations(figures),
        "cells": cells.table(figures, findings),
        "sections": "\n".join(render_section(section, _draw_nothing) for section in further),
        "data": "\n".join(_data(findings, charts, bursts)),
        "scripts": "\n".join(map(script, scripts)),
    }
    return render_template(
        "page.html",
        title=one_line(findings.header.plan.title),
        contents=_contents(charts, bursts, further),
        count=f"{len(figures)} of {counted(len(figures), 'cell')}",
        filters=[(column.path, column.title, values) for column, values in filters(figures)],
        left_out=[TITLES[group] for group in left_out(figures)],
        size=(len(figures), MOST_FIGURES),
        has_explorer=bool(bursts),
        thinned=explorer.thinned(bursts) if bursts else "",
        digest=findings.journal_sha256,
        licences=vega.licences() if charts or bursts else "",
        **{name: Markup(part) for name, part in parts.items()},  # noqa: S704 - each is escaped where it is written
    )


def _ours() -> str:
    """Return our own scripts as one script with a scope of its own."""
    return "(() => {\n'use strict';\n" + "\n".join(map(_file, _SCRIPTS)) + "})();\n"


def _file(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


def _draw_nothing(_: Chart) -> str:
    """Return nothing: the page draws its charts itself, above all sections."""
    return ""


def _contents(charts: Sequence[Chart], bursts: Sequence[Burst], further: Sequence[Section]) -> dict[str, str]:
    """Return all headings of the second level by their anchors."""
    return {
        "the-answer": "The answer",
        **({"charts": "Charts"} if charts else {}),
        "every-cell": "Every cell",
        **({"waves-of-a-burst": "Waves of a burst"} if bursts else {}),
        **{section.name: section.title or "" for section in further},
    }


def _explanations(figures: Sequence[Figures]) -> str:
    return "\n".join(f'<p data-explains="{group}">{EXPLAINED[group]}</p>' for group in cells.groups(figures))


def _data(findings: Findings, charts: Sequence[Chart], bursts: Sequence[Burst]) -> Iterable[str]:
    yield data("charts-data", drawings.for_scripts(charts))
    if bursts:
        yield data("bursts-data", explorer.for_scripts(bursts, findings))
