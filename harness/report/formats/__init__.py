"""The report of a run as one text that goes where a run folder does not: a summary, a comment, a spreadsheet."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from harness.analysis.bursts import Burst
from harness.analysis.findings import Findings
from harness.report import readme, results
from harness.report.charts import charts
from harness.report.charts.picture import picture
from harness.report.formats import comment, csv, summary

Written = Callable[[Findings, Sequence[Burst], Path], str]
"""Makes a text of the findings of a run, its bursts and its folder, which is named where somebody is to look there."""


def _markdown(findings: Findings, bursts: Sequence[Burst], _: Path) -> str:
    return readme.render(findings, {chart.name: picture(chart) for chart in charts(findings, bursts)})


def _summary(findings: Findings, _: Sequence[Burst], folder: Path) -> str:
    return summary.render(findings, folder)


def _comment(findings: Findings, _: Sequence[Burst], folder: Path) -> str:
    return comment.render(readme.sections(findings, {}), folder)


def _csv(findings: Findings, _: Sequence[Burst], __: Path) -> str:
    return csv.render(findings.cells)


def _json(findings: Findings, _: Sequence[Burst], __: Path) -> str:
    return results.render(findings)


FORMATS: Mapping[str, Written] = {
    "markdown": _markdown,
    "summary": _summary,
    "comment": _comment,
    "csv": _csv,
    "json": _json,
}
