import pytest

from harness.cli.terminal.progress import show_progress
from harness.measure.progress import Progress
from harness.model.plan import Cell
from tests.unit.terminal.steps import LAUNCH, cells, gave, measuring, starting, went_wrong


def shown(steps: list[Progress], capsys: pytest.CaptureFixture[str]) -> list[str]:
    with show_progress(quiet=False) as watch:
        for step in steps:
            watch(step)
    output, errors = capsys.readouterr()
    assert output == ""
    return errors.splitlines()


def test_a_launch_is_a_line_and_what_its_cells_gave_another(capsys: pytest.CaptureFixture[str]) -> None:
    of = cells(3, 4)
    steps = [starting(of), measuring(of, of[1]), gave(of, of[1], 0.20134), gave(of, of[2], 12.3456)]
    assert shown([*steps, starting(of, block=2), gave(of, of[0], 0.1, again=True, block=2)], capsys) == [
        "block 1/2: starting uvicorn, sleep, thread limit 3; 0 of 12 cells, 0 failed, 1 min 23 s left",
        "  uvicorn, sleep, thread limit 3, seconds until the last answer: def 0.201 at 4; async 12.35 at 3",
        "block 1 of 2, not yet decided: seconds until the last answer",
        "concurrent requests                        3      4",
        "uvicorn, sleep, thread limit 3: def           0.201",
        "uvicorn, sleep, thread limit 3: async  12.35",
        "block 2/2: starting uvicorn, sleep, thread limit 3; 0 of 12 cells, 0 failed, 1 min 23 s left",
        "  uvicorn, sleep, thread limit 3, seconds until the last answer: def 0.100² at 3",
        "  ² measured again, since there was reason to doubt the first window",
    ]


def test_a_reason_is_told_once_on_one_line_and_changes_nothing_around_it(capsys: pytest.CaptureFixture[str]) -> None:
    of = cells(3, 4)
    failures = [went_wrong(of, cell, "exited with code 1:\n\x1b[2Jno such option") for cell in of]
    assert shown(failures, capsys) == [
        (
            "  uvicorn, sleep, thread limit 3, seconds until the last answer: "
            "def failed at 3, failed at 4; async failed at 3, failed at 4"
        ),
        "  failed: exited with code 1: \N{REPLACEMENT CHARACTER}[2Jno such option",
    ]


def test_open_loops_are_told_by_their_rate_and_clients_apart(capsys: pytest.CaptureFixture[str]) -> None:
    of = tuple(
        Cell(LAUNCH, "def", "constant-arrival-rate", client, 500, rate)
        for client in ("engine", "aiohttp")
        for rate in (10, 20_000)
    )
    assert shown([gave(of, cell, float(cell.rate or 0)) for cell in of], capsys) == [
        (
            "  uvicorn, sleep, thread limit 3, requests/s: def, engine 10.00 at 10/s, 20000 at 20000/s; "
            "def, aiohttp 10.00 at 10/s, 20000 at 20000/s"
        )
    ]


def test_a_run_that_is_quiet_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with show_progress(quiet=True) as watch:
        watch(starting(cells(3)))
    assert capsys.readouterr() == ("", "")
