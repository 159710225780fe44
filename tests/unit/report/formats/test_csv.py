import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from harness.report.formats.csv import harmless, render_cells
from tests.builders.findings import Run, findings

FORMULAS = "=+-@\t\r\n"


def read(table: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table, newline="")))


def test_lines_end_as_the_standard_says_and_the_first_is_the_header() -> None:
    lines = render_cells(findings().cells).split("\r\n")
    assert lines[0].startswith("scenario,delay_s,parameters,server,thread_limit,workers,loop,pool_size,executor,")
    assert ",wait_ms_p50,wait_ms_p95,wait_ms_p99,work_ms_p50," in lines[0]
    assert lines[-1] == ""
    assert all("\n" not in line for line in lines)


def test_a_server_that_is_called_like_a_formula_computes_nothing() -> None:
    name = '=HYPERLINK("http://evil","a")'
    (row, *_) = read(render_cells(findings(Run(servers=(name,))).cells))
    assert row["server"] == f"'{name}"


@given(st.text(), st.sampled_from(FORMULAS))
def test_no_text_begins_a_formula_and_what_begins_none_is_as_it_was(words: str, sign: str) -> None:
    assert harmless(sign + words) == f"'{sign}{words}"
    assert harmless(f"a{words}") == f"a{words}"


@given(st.text())
def test_any_name_comes_back_as_it_was_given(name: str) -> None:
    (row, *_) = read(render_cells(findings(Run(servers=(name,))).cells))
    assert row["server"] == harmless(name)


def test_a_run_without_a_cell_is_an_empty_table() -> None:
    assert render_cells(()) == ""
