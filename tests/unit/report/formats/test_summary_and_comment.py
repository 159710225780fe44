from dataclasses import replace

from harness.report import readme
from harness.report.formats import comment, summary
from harness.report.formats.standalone import make_standalone
from tests.builders.findings import Run, findings, with_plan
from tests.builders.published import folder

LEFT_OUT = "Left out here for want of room: "


def test_a_matrix_beyond_all_bounds_is_left_out_and_all_else_stays() -> None:
    some = with_plan(findings(), matrix="é" * summary.MOST_BYTES)
    told = summary.render(some, (), folder("default"))
    sections = {name: text for name, text in make_standalone(readme.sections(some, {})).items() if name != "repeat"}
    assert len(told.encode()) <= summary.MOST_BYTES
    assert all(text in told for text in sections.values())
    assert f"{LEFT_OUT}repeat. " in told


def test_a_comment_on_very_many_cells_keeps_the_answer_and_as_much_as_fits() -> None:
    some = findings(Run(servers=[f"server-{number}" for number in range(12)], concurrencies=range(1, 41)))
    sections = readme.sections(replace(some), {})
    assert sum(map(len, sections.values())) > comment.MOST_CHARACTERS
    told = comment.render(some, (), folder("default"))
    assert len(told) <= comment.MOST_CHARACTERS
    assert told.startswith("\n\n".join([sections["title"], sections["run"], sections["answer"]]))
    assert told.endswith("` prints the whole report.\n")
