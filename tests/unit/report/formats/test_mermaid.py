import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.analysis.findings import Control, Findings
from harness.model.flags import Flag
from harness.report.document import Document, Section
from harness.report.formats.mermaid import draw_mermaid, label
from harness.report.markdown import code_block, render_markdown
from tests.builders.executors import CLOSED_LOOP, CONSTANT_RATE
from tests.builders.findings import Run, failed, findings
from tests.builders.reader import raw_html


def section(some: Findings) -> str | None:
    """Return the chart as Markdown, None without one."""
    blocks = tuple(draw_mermaid(some))
    written = render_markdown(Document("t", (Section("s", None, blocks, rank=1),)))
    return written.removeprefix("# t\n\n").removesuffix("\n") if blocks else None


COLOURS = '%%{init: {"themeVariables": {"xyChart": {"plotColorPalette": "#56b4e9, #d55e00"}}}}%%'


def test_bursts_are_seconds_by_requests_on_one_server() -> None:
    assert section(findings(Run(thread_limits=("default", 100)))) == (
        "`def` (bars) and `async` (line) on uvicorn (default thread limit): seconds until the last answer by "
        "concurrent requests.\n\n"
        f"```mermaid\n{COLOURS}\n"
        "xychart-beta\n"
        '    x-axis "concurrent requests" ["1", "40", "41", "120"]\n'
        '    y-axis "seconds until the last answer" 0 --> 0.307\n'
        '    bar "def" [0.102, 0.102, 0.204, 0.307]\n'
        '    line "async" [0.102, 0.102, 0.102, 0.103]\n'
        "```"
    )


def test_a_closed_loop_is_answers_a_second_of_all_servers_at_their_highest_load() -> None:
    run = Run(servers=("uvicorn", "granian"), executor=CLOSED_LOOP, concurrencies=(1, 64))
    assert section(findings(run)) == (
        "Requests/s of `def` and `async` at their highest load.\n\n"
        f"```mermaid\n{COLOURS}\n"
        "xychart-beta horizontal\n"
        '    x-axis ["uvicorn def", "uvicorn async", "granian def", "granian async"]\n'
        '    y-axis "requests/s" 0 --> 640.0\n'
        "    bar [400.0, 640.0, 400.0, 640.0]\n"
        "```"
    )


def test_an_open_loop_is_what_was_answered_by_what_was_asked_for() -> None:
    run = Run(servers=("uvicorn",), executor=CONSTANT_RATE, concurrencies=(64,), rates=(200, 800))
    chart = str(section(findings(run)))
    assert chart.startswith("`def` (bars) and `async` (line) on uvicorn: requests/s answered by requests/s offered.")
    assert '    x-axis "requests/s offered" ["200", "800"]\n' in chart
    assert '    bar "def" [200.0, 400.0]\n    line "async" [200.0, 640.0]\n' in chart


def test_the_baseline_decides_what_is_shown_and_without_one_what_was_measured_first() -> None:
    some = findings(Run(servers=("granian", "uvicorn"), thread_limits=(40, 100)))
    baseline = next(
        one.cell for one in some.cells if (one.cell.launch.server, one.cell.launch.thread_limit) == ("uvicorn", 100)
    )
    control = Control((baseline,), 6, 1.0, 0.99, 1.01, within=True)
    assert " on granian (thread limit 40): " in str(section(some))
    assert " on uvicorn (thread limit 100): " in str(section(replace(some, control=control)))


@pytest.mark.parametrize("styles", [("async",), ("def",), ("async-blocking",)])
def test_where_def_and_async_were_not_both_measured_there_is_no_chart_of_bursts(styles: tuple[str, ...]) -> None:
    assert section(findings(Run(styles=styles))) is None


def test_where_nothing_was_measured_there_is_no_chart() -> None:
    some = findings()
    assert section(replace(some, cells=tuple(failed(one.cell) for one in some.cells))) is None
    assert section(replace(some, cells=())) is None


def test_a_load_that_one_style_has_no_figure_for_is_left_out() -> None:
    some = findings(Run(servers=("uvicorn",)))
    cells = tuple(
        failed(one.cell) if (one.cell.style, one.cell.concurrency) == ("def", 41) else one for one in some.cells
    )
    chart = section(replace(some, cells=cells))
    assert chart is not None
    assert '["1", "40", "120"]' in chart


def test_figures_of_the_client_are_said_to_be_that() -> None:
    some = findings(Run(servers=("uvicorn",)))
    chart = section(
        replace(some, cells=tuple(replace(one, flagged_blocks={Flag.CLIENT_BOUND: 1}) for one in some.cells))
    )
    assert chart is not None
    assert chart.endswith("so this ranks nothing.")


def test_a_hostile_name_stays_a_label() -> None:
    assert label('a"] <b>`%%{init}%%\n; style: #x;') == (
        '"a#34;#93; #60;b#62;#96;#37;#37;#123;init#125;#37;#37; #59; style#58; #35;x#59;"'
    )


def test_a_long_name_is_shortened() -> None:
    assert label("a" * 40) == f'"{"a" * 40}"'
    assert label("a" * 41) == f'"{"a" * 40}..."'


@given(st.text())
def test_no_name_ends_its_label_its_line_or_its_fence(name: str) -> None:
    written = label(name)
    assert re.fullmatch(r'"(?:[^\W_]|[ .,_+()/-]|#\d+;)*"', written)
    assert raw_html(code_block(written, "mermaid")) == []
