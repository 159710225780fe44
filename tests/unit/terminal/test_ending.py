"""What a run prints at its end, elsewhere than on a terminal; tests/test_terminal.py has one of these."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.analysis.findings import Findings, Outcome, ThresholdFinding, ThresholdReason, Trouble, TroubleCode
from harness.cli.terminal import summary, wrap
from harness.model.outcomes import Status
from harness.report.document import Paragraph, strong
from harness.report.report import decisions, headline
from harness.report.text import render_text
from tests.builders.findings import Run, failed, findings


def answer(some: Findings) -> str:
    """Return the headline and the decision table as text."""
    table = decisions(some)
    assert table is not None
    return render_text([Paragraph(strong(headline(some))), table])


def test_the_answer_comes_first_then_the_tables_then_the_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    some = findings(Run(servers=("uvicorn", "gran`ian")))
    broken = failed(some.cells[0].cell, "it\nfell over")
    some = replace(
        some,
        cells=(broken, *some.cells[1:]),
        thresholds=(
            ThresholdFinding("knee: within(40,41)", "knee", Outcome.KEPT, ThresholdReason.KNEE, low=40, high=41),
            ThresholdFinding("p99: < 9ms", "p99", Outcome.NOT_JUDGED, ThresholdReason.NO_FIGURE, broken.cell),
        ),
    )
    for name in ("README.md", "index.html"):
        (tmp_path / name).touch()

    summary.print_summary(tmp_path, some)

    output, errors = capsys.readouterr()
    assert errors == ""
    assert (
        output
        == f"""\
{answer(some)}

Thresholds

threshold            outcome     worst case        found
knee: within(40,41)  kept        —                 the knee is (40, 41]
p99: < 9ms           not judged  uvicorn def at 1  it fell over

Knees

servers            thread limit  workers      knee  expected above  blocks  placement
uvicorn, gran`ian            40        1  (40, 41]              40       6  as expected

The report: README.md and index.html, in
{tmp_path}
"""
    )


def test_knees_of_several_conditions_are_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    some = findings(Run(servers=("uvicorn",)))
    other = replace(some.cells[0].cell.launch, scenario="a_b")
    cells = (*some.cells, replace(some.cells[0], cell=replace(some.cells[0].cell, launch=other)))
    knees = (*some.knees, replace(some.knees[0], launch=other))
    summary.print_summary(tmp_path, replace(some, cells=cells, knees=knees))
    titles = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Knees")]
    assert titles == ["Knees: sleep", "Knees: a_b"]


def test_a_run_without_knees_and_thresholds_has_no_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "README.md").touch()
    some = findings(Run(styles=("async",)))
    summary.print_summary(tmp_path, some)
    assert capsys.readouterr().out == f"{answer(some)}\n\nThe report: README.md, in\n{tmp_path}\n"


def test_bullets_are_wrapped_each_under_its_own_first_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "20")
    assert wrap("- def fell behind at 41\n- async did not") == "- def fell behind at\n  41\n- async did not"


def test_what_was_not_measured_is_told_with_its_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    some = findings(Run(servers=("uvicorn",), styles=("def", "async")))
    reason = "takes $TOKEN, which is not set; export TOKEN=...\nmore"
    missing = Trouble(TroubleCode.REFUSED, Status.UNSUPPORTED, reason, 6, (some.cells[1].cell,))
    some = replace(some, troubles=(missing, *[missing] * 6))
    summary.print_summary(tmp_path, some)

    told = capsys.readouterr().out.partition("Not measured\n\n")[2].partition("\n\n")[0].splitlines()
    assert told == [
        "cells              status       reason",
        *["uvicorn def at 40  unsupported  takes $TOKEN, which is not set; export TOKEN=..."] * 5,
        "2 more                          in the report",
    ]
