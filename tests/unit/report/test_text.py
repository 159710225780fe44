from hypothesis import given
from hypothesis import strategies as st

from harness.report.chart import Chart
from harness.report.document import Bullets, Details, Figure, Paragraph, TableCell, Tone, code, line, strong, table
from harness.report.text import render_text

TABLE = table(
    ("style", "slowdown", "verdict"),
    [(code("def"), "1.95", TableCell(line("slower"), Tone.BAD)), (code("async"), "1.00", "the same")],
    "lrl",
)


def test_blocks_are_plain_lines_and_folds_and_charts_are_left_out() -> None:
    blocks = (
        Paragraph(strong("Up to 40.")),
        Bullets((line("`a` b"), line("c"))),
        Details(line("more"), (Paragraph(line("hidden")),)),
        Figure(Chart("name", "title", "alt", {})),
        TABLE,
    )
    assert render_text(blocks) == (
        "Up to 40.\n\n- a b\n- c\n\nstyle  slowdown  verdict\ndef        1.95  slower\nasync      1.00  the same"
    )


def test_colour_marks_tones_and_strong_lines_and_nothing_depends_on_it() -> None:
    coloured = render_text([Paragraph(strong("Up to 40.")), TABLE], with_colour=True)
    assert "\x1b[1mUp to 40.\x1b[0m" in coloured
    assert "\x1b[31mslower\x1b[0m" in coloured
    plain = coloured
    for sequence in ("\x1b[1m", "\x1b[31m", "\x1b[0m"):
        plain = plain.replace(sequence, "")
    assert plain == render_text([Paragraph(strong("Up to 40.")), TABLE])


@given(st.lists(st.lists(st.text("ab c-", max_size=60), min_size=3, max_size=3), max_size=4), st.integers(40, 120))
def test_a_table_fits_a_terminal_and_loses_no_word(rows: list[list[str]], width: int) -> None:
    written = render_text([table(("one", "two", "three"), rows, "llr")], width=width)
    assert max(map(len, written.splitlines())) <= width
    letters = sorted("".join(written.split()))
    assert letters == sorted("onetwothree" + "".join("".join("".join(row).split()) for row in rows))


def test_a_long_bullet_is_wrapped_under_its_text() -> None:
    assert render_text([Bullets((line("one two three four"),))], width=12) == "- one two\n  three four"
