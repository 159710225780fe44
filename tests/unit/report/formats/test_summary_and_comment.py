from dataclasses import replace

from harness.report.formats import comment, summary
from tests.builders.findings import Run, findings
from tests.builders.published import folder


def test_a_summary_has_its_chart_in_mermaid_and_no_links_into_the_folder() -> None:
    written = summary.render(findings(), (), folder("default"))
    assert "```mermaid" in written.split("\n## ")[0]
    assert "](results.json)" not in written
    assert len(written.encode()) <= summary.MOST_BYTES


def test_a_comment_on_very_many_cells_keeps_the_first_screen_and_as_much_as_fits() -> None:
    some = findings(Run(servers=[f"server-{number}" for number in range(40)], thread_limits=range(40, 48)))
    written = comment.render(replace(some), (), folder("default"))
    assert len(written) <= comment.MOST_CHARACTERS
    assert "| `def` or `async def`? |" in written
    assert "Omitted to fit: " in written
