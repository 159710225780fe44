import io
import threading
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from harness.cli.terminal.live import LastResults, draw_progress, render_frame
from harness.measure.progress import Progress
from tests.terminals import without_control
from tests.unit.terminal.steps import cells, gave, measuring, starting, went_wrong


def lines(progress: Progress, last: LastResults, width: int = 80) -> list[str]:
    """What a frame looks like, without its colours."""
    console = Console(file=io.StringIO(), width=width, height=40, force_terminal=True, record=True)
    console.print(render_frame(progress, last, width))
    return [line.rstrip() for line in console.export_text().splitlines()]


def seen(*steps: Progress) -> LastResults:
    return {step.result.cell: (step.block, step.result) for step in steps if step.result}


def test_a_frame_holds_what_is_measured_the_time_left_and_the_last_results() -> None:
    of = cells(1, 3, 40)
    last = seen(
        gave(of, of[0], 0.1012),
        gave(of, of[2], 1.4321, again=True),
        went_wrong(of, of[3], "the server\nhas gone"),
    )
    progress = replace(measuring(of, of[4]), done=6, failures=1, at_most=True)
    assert lines(progress, last) == [
        f"{'━' * 34}╸{'━' * 34} 6/12 cells",
        "block 1/2, round 1/3, 1 failed, at most 1 min 23 s left",
        "now: uvicorn, sleep, thread limit 3: async at 3",
        "",
        "uvicorn, sleep, thread limit 3: seconds until the last answer",
        "concurrent requests        1        3       40",
        "def                    0.101        ·   1.432²",
        "async                 failed      ...        ·",
        "² measured again, since there was reason to doubt the first window",
        "failed: the server has gone",
    ]


def test_what_does_not_fit_is_left_out_and_the_cell_that_is_measured_is_not() -> None:
    of = cells(*range(1, 21))
    *_, header, in_def, in_async, left_out = lines(measuring(of, of[17]), {}, 50)
    assert header.split() == ["concurrent", "requests", "16", "17", "18"]
    assert (in_def.split(), in_async.split()) == (["def", "·", "·", "..."], ["async", "·", "·", "·"])
    assert left_out == "3 of 20 columns: there is no room for more"


@settings(max_examples=settings().max_examples // 2)
@given(
    st.integers(10, 200), st.sets(st.integers(1, 5000), min_size=1, max_size=30), st.text(max_size=100), st.booleans()
)
def test_no_line_is_wider_than_the_terminal(width: int, loads: set[int], reason: str, again: bool) -> None:
    of = cells(*loads)
    last = seen(went_wrong(of, of[0], reason), gave(of, of[-1], 12345.678, again=again))
    for progress in (starting(of), measuring(of, of[-1]), went_wrong(of, of[0], reason)):
        assert max(map(len, lines(progress, last, width))) <= width


def test_nothing_is_drawn_but_when_a_step_is_told() -> None:
    written = io.StringIO()
    threads = threading.active_count()
    with draw_progress(Console(file=written, force_terminal=True, width=80, _environ={"TERM": "xterm"})) as watch:
        watch(starting(cells(3)))
        assert threading.active_count() == threads, "a thread would wake up while a sample is measured"
    assert written.getvalue().count("0/12 cells") == 1


def test_a_window_that_is_resized_and_too_low_is_drawn_on_and_left_as_it_was() -> None:
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=100, height=30, _environ={"TERM": "xterm"})
    of = cells(*range(1, 21))
    with draw_progress(console) as watch:
        watch(starting(of))
        console.size = (40, 5)
        before = len(written.getvalue())
        watch(gave(of, of[0], 0.1))
        drawn = without_control(written.getvalue()[before:])
    assert [len(line) <= 40 for line in drawn.splitlines()] == [True] * 5
    assert drawn.splitlines()[-1].strip() == "...", "what is too high ends in an ellipsis"
    assert written.getvalue().count("\x1b[?25h") == 1, "the cursor is shown again"
