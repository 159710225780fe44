from dataclasses import replace

import pytest

from harness.report import readme
from harness.report.formats import comment, mermaid, render_format, summary
from harness.report.formats.standalone import make_standalone
from tests.builders.findings import Run, findings, with_plan
from tests.builders.published import folder
from tests.builders.reader import links, raw_html
from tests.unit.report.formats.runs import published

LEFT_OUT = "Left out here for want of room: "
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


def test_a_matrix_beyond_all_bounds_is_left_out_and_all_else_stays() -> None:
    some = with_plan(findings(), matrix="é" * summary.MOST_BYTES)
    told = summary.render(some, (), folder("default"))
    sections = {name: text for name, text in make_standalone(readme.sections(some, {})).items() if name != "repeat"}
    assert len(told.encode()) <= summary.MOST_BYTES
    assert all(text in told for text in sections.values())
    assert f"{LEFT_OUT}repeat. " in told


def test_a_comment_on_very_many_cells_keeps_the_answer_and_as_much_as_fits() -> None:
    some = findings(Run(servers=[f"server-{number}" for number in range(40)], concurrencies=range(1, 60)))
    sections = readme.sections(replace(some), {})
    assert sum(map(len, sections.values())) > 2 * comment.MOST_CHARACTERS
    told = comment.render(some, (), folder("default"))
    assert len(told) <= comment.MOST_CHARACTERS
    assert told.startswith("\n\n".join([sections["title"], sections["run"], sections["answer"]]))
    assert told.endswith("` prints the whole report.\n")
