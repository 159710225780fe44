"""Real runs, seen by somebody at a terminal, by somebody who reads a log, and by a program."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import ROOT, call
from tests.terminals import Terminal, at_terminal, without_control

MATRIX = """\
title: as short as can be
scenario: sleep
delay: 10ms
matrix: {server: uvicorn, thread_limit: 3, style: [def, async], concurrency: [3, 4]}
rounds: 1
blocks: 1
ready_timeout: 120s
thresholds: {errors: == 0}
"""
SEQUENTIAL = """\
title: looked at after its second block
scenario: sleep
delay: 10ms
matrix: {server: uvicorn, thread_limit: 3, style: [def, async], concurrency: 4}
compare: [{style: [def, async]}]
blocks: {min: 2, max: 3}
"""
SHOW, HIDE, COLOUR = "\x1b[?25h", "\x1b[?25l", re.compile(r"\x1b\[(\d+;)*3\d(;\d+)*m")

LOOKING = """
import io, json, sys
from harness.cli.main import main

class Looking(io.StringIO):
    loaded = set()

    def write(self, text):
        self.loaded |= set(sys.modules)
        return super().write(text)

sys.stderr = Looking()
code = main(sys.argv[1:])
print(json.dumps([sys.stderr.getvalue().splitlines(), sorted(sys.stderr.loaded)]), file=sys.__stderr__)
sys.exit(code)
"""
"""Runs a command, and looks at what is loaded whenever a line of progress is written."""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What a run wrote to a terminal whose window was made smaller meanwhile, and its folder."""
    folder = tmp_path_factory.mktemp("run")
    matrix = folder / "matrix.yaml"
    matrix.write_text(MATRIX)

    def meanwhile(terminal: Terminal) -> None:
        if "1/4 cells" in terminal.written:
            terminal.resize(40, 12)

    code, written = at_terminal(
        "-m", "harness", "run", matrix, "--output", folder / "runs", "--name", "short", meanwhile=meanwhile
    )
    assert code == 0, written
    (run,) = (folder / "runs").glob("*-short")
    return written, run


def test_a_terminal_shows_the_last_results_while_a_run_measures_and_the_answer_at_its_end(
    seen: tuple[str, Path],
) -> None:
    written, folder = seen
    during, _, after = written.rpartition(SHOW)

    assert during.count(HIDE) == 1
    shown = without_control(during)
    assert "block 1/1, round 1/1, 0 failed, " in shown
    assert "now: uvicorn, sleep, thread limit 3" in shown
    assert "uvicorn, sleep, thread limit 3: seconds" in shown
    assert re.search(r"^def +0\.\d{3}²? +0\.\d{3}²? *$", shown, re.MULTILINE), "both results of a row are there"

    told = without_control(after)
    titles = [line for line in told.splitlines() if line in {"Thresholds", "Knees"}]
    assert titles == ["Thresholds", "Knees"]
    assert told.splitlines()[-1] == str(folder)
    assert "\x1b[32mkept\x1b[0m" in after


def test_ctrl_c_leaves_the_terminal_as_it_was_and_no_color_is_heeded(tmp_path: Path) -> None:
    matrix = tmp_path / "matrix.yaml"
    matrix.write_text(MATRIX.replace("blocks: 1", "blocks: 50"))
    pressed = False

    def meanwhile(terminal: Terminal) -> None:
        nonlocal pressed
        if not pressed and "1/200 cells" in terminal.written:
            pressed = True
            terminal.press_ctrl_c()

    command = ("-m", "harness", "run", matrix, "--output", tmp_path / "runs")
    code, written = at_terminal(
        *command, environment={"NO_COLOR": "1", "NOX_CURRENT_SESSION": "matrix"}, meanwhile=meanwhile
    )

    assert code == 130
    assert written.count(HIDE) == written.count(SHOW) == 1
    before, _, after = without_control(written).partition("stopping ...\n")
    assert "1/200 cells" in before
    (folder,) = (path for path in (tmp_path / "runs").iterdir() if path.is_dir())
    resumed = f"interrupted; to measure the rest: python -m nox -s matrix -- --resume {folder}"
    assert after.splitlines()[-2:] == [str(folder), resumed]
    assert not COLOUR.search(written)


def test_a_terminal_that_cannot_be_drawn_on_gets_lines() -> None:
    script = """
from harness.cli.terminal.progress import show_progress
from tests.unit.terminal.steps import cells, starting
with show_progress(quiet=False) as watch:
    watch(starting(cells(3)))
"""
    code, written = at_terminal("-c", script, environment={"TERM": "dumb"})
    line = "block 1/2: starting uvicorn, sleep, thread limit 3; 0 of 12 cells, 0 failed, 1 min 23 s left"
    assert (code, written) == (0, f"{line}\r\n")


def test_nothing_that_renders_is_loaded_while_a_run_measures(tmp_path: Path) -> None:
    matrix = tmp_path / "matrix.yaml"
    matrix.write_text(SEQUENTIAL)
    run = subprocess.run(
        [sys.executable, "-c", LOOKING, "run", matrix, "--output", tmp_path / "runs", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    lines, loaded = json.loads(run.stderr)

    assert "harness.analysis.stopping" in loaded, "it was looked at after the judge was asked, too"
    assert [line.partition(":")[0] for line in lines if ": starting " in line] == [
        f"block {block}/3" for block in (1, 2, 3)
    ]
    assert sum(", seconds until the last answer: def " in line for line in lines) == 3
    of_report = {name for name in loaded if name.startswith(("harness.report", "vl_convert", "rich"))}
    assert of_report == set()
    assert json.loads(run.stdout)["blocks"] == 3


def test_quiet_prints_the_answer_and_the_folder_and_nothing_else(seen: tuple[str, Path]) -> None:
    _, folder = seen
    answer = json.loads((folder / "results.json").read_text())["answer"]
    assert call("run", "--resume", folder, "--quiet") == (0, f"{answer}\n\n{folder}\n", "")


def test_programs_get_what_was_decided_as_results_json_spells_it(seen: tuple[str, Path]) -> None:
    _, folder = seen
    code, output, errors = call("run", "--resume", folder, "--json")
    results = json.loads((folder / "results.json").read_text())
    read = json.loads(output)
    assert (code, errors) == (0, "")
    how_it_went = {"folder": str(folder), "exit_code": 0, "valid": True}
    assert list(read)[:4] == [*how_it_went, "answer"]
    assert read == {**how_it_went, **{key: results[key] for key in read if key not in how_it_went}}
    assert read["thresholds"][0]["outcome"] == "kept"
    assert read["knees"][0]["server"] == "uvicorn"
