"""A run can be stopped at any moment and taken up again; what it leaves is a journal and a report, and nothing else."""

import json
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from harness.measure import journal_writer, run
from harness.measure.progress import Progress, read_headline, summarize_cell
from harness.measure.stop import Stop
from harness.model import journal
from harness.model.apps import OwnApp, OwnEndpoint
from harness.model.errors import InputError, InterruptedRunError
from harness.model.journal import Ended, Header, Launched, Record, Stopped, Window
from harness.model.plan import Course
from tests.builders.journals import cell
from tests.builders.launches import a_launch, a_plan, as_planned
from tests.commands import (
    ENDS_WITHIN_S,
    call,
    children,
    command_lines,
    living,
    read_journal,
    rewrite_journal,
    samples,
    small_matrix,
    start,
    wait_until,
)

EVERY_SAMPLE = {(block, cell) for block in (1, 2) for cell in range(8)}


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def run_folder(output: Path) -> Path:
    (folder,) = (path for path in output.iterdir() if path.is_dir())
    return folder


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_whatever_stops_a_run_it_leaves_a_report_and_no_process(
    number: signal.Signals, output: Path, tmp_path: Path
) -> None:
    process = start("run", small_matrix(tmp_path), "--output", output)
    wait_until(lambda: output.exists() and any(output.iterdir()) and len(samples(run_folder(output))) >= 1)
    started = children(process)
    process.send_signal(number)
    process.communicate(timeout=ENDS_WITHIN_S)

    assert process.returncode == 130
    assert living(started) == []
    assert "interrupted" in (run_folder(output) / "README.md").read_text()


@pytest.mark.parametrize("rounds", [1, 3])
def test_a_run_that_is_stopped_in_the_middle_is_resumed_to_the_same_cells(
    rounds: int, output: Path, tmp_path: Path
) -> None:
    process = start("run", small_matrix(tmp_path, rounds), "--output", output)
    wait_until(lambda: output.exists() and any(output.iterdir()) and len(samples(run_folder(output))) >= 3)
    started = children(process)
    process.send_signal(signal.SIGINT)
    stdout, errors = process.communicate(timeout=ENDS_WITHIN_S)

    folder = run_folder(output)
    before = samples(folder)
    assert process.returncode == 130
    assert living(started) == []
    assert stdout.splitlines()[-1] == str(folder)
    assert errors.splitlines()[-1] == f"interrupted; to measure the rest: python -m harness run --resume {folder}"
    assert 3 <= len(before) < len(EVERY_SAMPLE)
    assert "interrupted" in (folder / "README.md").read_text()

    code, stdout, _ = call("run", "--resume", folder)

    after = samples(folder)
    assert code == 0
    assert stdout.splitlines()[-1] == str(folder)
    assert after[: len(before)] == before
    assert len(after) == len(EVERY_SAMPLE)
    assert {(sample.block, sample.cell) for sample in after} == EVERY_SAMPLE
    assert "interrupted" not in (folder / "README.md").read_text()


def test_stopping_again_and_again_does_not_cost_the_report(output: Path, tmp_path: Path) -> None:
    process = start("run", small_matrix(tmp_path), "--output", output)
    wait_until(lambda: output.exists() and any(output.iterdir()) and len(samples(run_folder(output))) >= 1)
    while process.poll() is None:
        process.send_signal(signal.SIGTERM)
        time.sleep(0.05)
    process.communicate(timeout=ENDS_WITHIN_S)

    # The last signal may find an interpreter that has done its work and is on its way out.
    assert process.returncode in (130, -signal.SIGTERM)
    assert "interrupted" in (run_folder(output) / "README.md").read_text()


def test_a_run_that_is_under_way_cannot_be_resumed(output: Path, tmp_path: Path) -> None:
    process = start("run", small_matrix(tmp_path), "--output", output)
    wait_until(lambda: output.exists() and any(output.iterdir()) and len(samples(run_folder(output))) >= 1)

    code, _, errors = call("run", "--resume", run_folder(output))

    assert code == 2
    assert "another process is still measuring this run; wait for it to end" in errors
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=ENDS_WITHIN_S)
    assert process.returncode == 130, "whoever tried has not disturbed it"


def test_a_run_can_be_stopped_while_a_server_starts(output: Path, tmp_path: Path) -> None:
    process = start("run", small_matrix(tmp_path), "--output", output)
    wait_until(lambda: any("uvicorn" in it or "granian" in it for it in command_lines(process)))
    started = children(process)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=ENDS_WITHIN_S)

    assert process.returncode == 130
    assert living(started) == []
    assert samples(run_folder(output)) == []
    assert not (run_folder(output) / run.LOGS).exists(), "the log of a server that did nothing wrong is not kept"
    assert "Nothing" in (run_folder(output) / "README.md").read_text()


def a_run(folder: Path, blocks: int = 1) -> list[Record]:
    """The records of a whole run of two cells a block."""
    folder.mkdir()
    launch = a_launch()
    plan = a_plan(cell("def", 4, launch), cell("async", 4, launch), blocks=blocks)
    run.begin(plan, folder, as_planned(plan), Stop(), lambda _: None)
    return list(journal.read(journal.find(folder)))


def test_every_block_has_a_fresh_launch_and_says_how_it_ended(tmp_path: Path) -> None:
    records = a_run(tmp_path / "run", blocks=2)

    once = [record for record in records if not isinstance(record, Window) or record.attempt == 1]
    assert [record.kind for record in once] == [
        "header",
        "ceiling",
        *(["launched", "window", "window", "stopped"] * 2),
        "ended",
    ]
    launched = [record for record in records if isinstance(record, Launched)]
    stopped = [record for record in records if isinstance(record, Stopped)]
    assert [(it.block, it.launch) for it in launched] == [(1, 1), (2, 2)]
    assert [(it.block, it.launch, it.killed) for it in stopped] == [(1, 1, False), (2, 2, False)]
    assert not (tmp_path / "run" / run.LOGS).exists(), "the log of a server that did nothing wrong is nobody's business"


def test_a_torn_last_line_is_measured_again(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    a_run(folder)
    lines = read_journal(folder).splitlines(keepends=True)
    first = next(number for number, line in enumerate(lines) if b'"kind":"window"' in line)
    rewrite_journal(folder, b"".join(lines[: first + 1]) + lines[first + 1][:40])

    run.resume(folder, lambda: Course(1), Stop(), lambda _: None)

    assert sorted(sample.cell for sample in samples(folder)) == [0, 1]
    *_, ended = journal.read(journal.find(folder))
    assert isinstance(ended, Ended)
    assert ended.status == "finished"


def test_a_finished_run_has_nothing_to_resume(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    before = [record for record in a_run(folder) if not isinstance(record, Ended)]

    run.resume(folder, lambda: Course(1), Stop(), lambda _: None)

    assert [it for it in journal.read(journal.find(folder)) if not isinstance(it, Ended)] == before


def test_figures_of_two_machines_are_never_put_together(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    header, *_ = a_run(folder)
    assert isinstance(header, Header)
    first, _, rest = read_journal(folder).partition(b"\n")
    elsewhere = json.loads(first)
    elsewhere["environment"]["cpu"] = "Analytical Engine"
    rewrite_journal(folder, json.dumps(elsewhere).encode() + b"\n" + rest)

    with pytest.raises(InputError, match="cpu has changed from Analytical Engine to"):
        run.resume(folder, lambda: Course(1), Stop(), lambda _: None)


def test_a_run_of_another_method_is_not_taken_up(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    header, *_ = a_run(folder)
    assert isinstance(header, Header)
    _, _, rest = read_journal(folder).partition(b"\n")
    rewrite_journal(folder, journal.to_line(replace(header, method=99)) + rest)

    with pytest.raises(InputError, match="was started with version 99 of the method"):
        run.resume(folder, lambda: Course(1), Stop(), lambda _: None)


def test_a_run_is_not_taken_up_where_its_app_is_not_to_be_found(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    header, *_ = a_run(folder)
    assert isinstance(header, Header)
    _, _, rest = read_journal(folder).partition(b"\n")
    shop = OwnApp("shop:app", "nowhere/shop", (), {"page": OwnEndpoint("GET", "/")})
    rewrite_journal(folder, journal.to_line(replace(header, plan=replace(header.plan, apps={"shop": shop}))) + rest)

    with pytest.raises(InputError, match="there is no directory 'nowhere/shop' to import shop:app from; go to"):
        run.resume(folder, lambda: Course(1), Stop(), lambda _: None)


def test_a_journal_is_never_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    header = a_run(folder)[0]
    assert isinstance(header, Header)

    with pytest.raises(FileExistsError), journal_writer.create_journal(folder, header):
        raise AssertionError("it must not have been opened")


def test_a_request_to_stop_is_heeded_before_anything_is_started(tmp_path: Path) -> None:
    stop = Stop()
    stop.request()
    plan = a_plan(cell("def", 4, a_launch()))

    with pytest.raises(InterruptedRunError):
        run.begin(plan, tmp_path, as_planned(plan), stop, lambda _: None)

    kinds = [record.kind for record in journal.read(journal.find(tmp_path))]
    assert "window" not in kinds
    assert kinds[-1] == "ended"


@pytest.mark.usefixtures("broken_servers")
def test_progress_counts_every_sample_and_every_failure(tmp_path: Path) -> None:
    seen: list[Progress] = []
    launch = a_launch("lies", loop="uvloop")
    plan = a_plan(cell("async", 4, launch), blocks=2)
    run.begin(plan, tmp_path, as_planned(plan), Stop(), seen.append)

    label = "lies, sleep, thread limit 3"
    (only,) = plan.cells
    assert {it.cells for it in seen} == {plan.cells}
    assert [(it.block, it.done, it.total, it.failures, it.doing, it.cell) for it in seen] == [
        (1, 0, 2, 0, f"starting {label}", None),
        (1, 0, 2, 0, f"{label}: async at 4", only),
        (1, 1, 2, 1, f"{label}: async at 4", None),
        (2, 1, 2, 1, f"starting {label}", None),
        (2, 1, 2, 1, f"{label}: async at 4", only),
        (2, 2, 2, 2, f"{label}: async at 4", None),
    ]
    recorded = [record for record in journal.read(journal.find(tmp_path)) if isinstance(record, Window)]
    assert [read_headline(window) for window in recorded] == [None, None]
    assert [it.result for it in seen if it.result] == [summarize_cell(only, window, []) for window in recorded]
    assert [(it.result.status, it.result.figure) for it in seen if it.result] == [("failed", None)] * 2
    assert seen[-1].left_s < seen[0].left_s


def test_the_harness_keeps_its_own_environment(tmp_path: Path) -> None:
    before = dict(os.environ)
    a_run(tmp_path / "run")
    assert dict(os.environ) == before
