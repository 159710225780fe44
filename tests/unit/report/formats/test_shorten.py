from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.document import Document, Paragraph, Section, as_line, line
from harness.report.formats.shorten import fit_document

FOLDER = Path("reports/a run")


def report_of(*ranks: int, words: int = 30) -> Document:
    opening = Section("answer", None, tuple(Paragraph(line(f"Block {number}.")) for number in range(3)), rank=1)
    others = (
        Section(f"s{number}", f"Section {number}", (Paragraph(as_line("word " * words)),), rank)
        for number, rank in enumerate(ranks)
    )
    return Document("A run", (opening, *others))


def test_a_report_that_fits_is_whole() -> None:
    written = fit_document(report_of(2, 3), 10_000, len, FOLDER)
    assert written.count("## Section") == 2
    assert "Omitted" not in written


def test_the_highest_rank_goes_first_and_is_named_with_the_command_that_prints_it() -> None:
    written = fit_document(report_of(2, 6, 4, words=100), 1_000, len, FOLDER)
    assert "## Section 0" in written
    assert written.endswith(
        "Omitted to fit: Section 1, Section 2. `python -m harness report --format markdown 'reports/a run'` prints the "
        "whole report.\n"
    )


@given(st.lists(st.integers(2, 6), max_size=6), st.integers(300, 3_000))
def test_it_always_fits_and_the_first_screen_goes_last(ranks: list[int], most: int) -> None:
    report = report_of(*ranks, words=100)
    written = fit_document(report, most, len, FOLDER)
    assert len(written) <= most
    kept = [rank for number, rank in enumerate(ranks) if f"## Section {number}\n" in written]
    gone = [rank for number, rank in enumerate(ranks) if f"## Section {number}\n" not in written]
    assert not kept or not gone or max(kept) < min(gone)
    assert "Block 0." in written


def test_what_cannot_fit_at_all_is_an_error() -> None:
    with pytest.raises(ValueError, match="cannot be shortened to 5"):
        fit_document(report_of(), 5, len, FOLDER)
