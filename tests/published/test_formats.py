"""Every published run can be shown in every format, and each format shows all of it."""

from collections.abc import Iterator
from typing import Any

import pytest

from harness.report.formats import render_format
from harness.report.formats.csv import NESTED, render_cells
from harness.report.results import write_cell
from tests.builders.published import folder, published
from tests.builders.reader import links, raw_html
from tests.unit.report.formats.test_csv import read

PROFILES = ["default", "article", "throughput", "saturation", "knees"]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_published_report_fits_with_a_chart_on_its_first_screen(profile: str) -> None:
    found, bursts = published(profile)
    told = render_format("summary", found, bursts, folder(profile))
    assert "\nxychart-beta" in told.split("\n## ")[0]
    assert "Omitted to fit" not in told
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
