"""Every published run can be shown in every format, and each format shows all of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.report import readme
from harness.report.formats import mermaid, render_format
from harness.report.formats.csv import NESTED, render_cells
from harness.report.formats.shed import KEPT, ORDER
from harness.report.formats.standalone import make_standalone
from harness.report.page.from_markdown import html
from harness.report.results import write_cell
from tests.builders.published import RUNS, folder, published, report_of
from tests.builders.reader import links, raw_html, reader
from tests.unit.report.formats.test_csv import read
from tests.unit.report.formats.test_summary_and_comment import LEFT_OUT
from tests.unit.report.page.test_from_markdown import pieces

PROFILES = ["default", "article", "throughput", "saturation", "knees"]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_published_report_fits_with_its_chart_under_its_answer(profile: str) -> None:
    found, bursts = published(profile)
    told = render_format("summary", found, bursts, folder(profile))
    answer, chart = readme.sections(found, {})["answer"], mermaid.section(found)
    assert f"{answer}\n\n{chart}\n\n" in told
    assert LEFT_OUT not in told
    assert len(told.encode()) < 100_000


@pytest.mark.parametrize("form", ["summary", "comment"])
@pytest.mark.parametrize("profile", PROFILES)
def test_nothing_leads_into_a_folder_that_is_not_there(form: str, profile: str) -> None:
    found, bursts = published(profile)
    told = render_format(form, found, bursts, folder(profile))
    assert [link for link in links(told) if not link.startswith("https://")] == []
    assert not any("<img" in html for html in raw_html(told))


@pytest.mark.parametrize("profile", PROFILES)
def test_as_markdown_it_is_the_readme_of_the_folder(profile: str) -> None:
    found, bursts = published(profile)
    assert render_format("markdown", found, bursts, folder(profile)) == (folder(profile) / "README.md").read_text()


@pytest.mark.parametrize("profile", PROFILES)
def test_every_published_run_has_a_chart(profile: str) -> None:
    assert "\nxychart-beta" in str(mermaid.section(published(profile)[0]))


@pytest.mark.parametrize("profile", PROFILES)
def test_every_section_of_a_report_has_its_place_in_the_order(profile: str) -> None:
    names = make_standalone(readme.sections(published(profile)[0], {}))
    assert set(names) <= {*ORDER, KEPT}
    assert len(set(ORDER)) == len(ORDER)


def figures(held: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Everything that one cell of results.json holds, under the name of its column."""
    for key, value in held.items():
        if isinstance(value, dict) and key in NESTED:
            yield from ((f"{key}_{inner}", figure) for inner, figure in value.items())
        elif key in NESTED:
            yield from ((f"{key}_{inner}", value) for inner in NESTED[key])
        else:
            yield key, value


def field(value: Any) -> str:
    if isinstance(value, dict):
        return ";".join(f"{key}={number}" for key, number in value.items())
    if isinstance(value, list):
        return ";".join(str(one) for one in value)
    return "" if value is None else str(value)


@pytest.mark.parametrize("profile", PROFILES)
def test_every_figure_of_the_results_is_in_the_table_and_nothing_else_is(profile: str) -> None:
    cells = published(profile)[0].cells
    rows = read(render_cells(cells))
    expected = [{name: field(value) for name, value in figures(write_cell(one))} for one in cells]
    assert rows == expected
    for row, one in zip(rows, cells, strict=True):
        for name, value in figures(write_cell(one)):
            if isinstance(value, float):
                assert float(row[name]) == value


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_a_report_reads_as_any_reader_of_markdown_has_it(run: Path) -> None:
    for section in readme.sections(report_of(run)[0], {}).values():
        assert pieces(html(section)) == pieces(reader().render(section))
