"""A real run goes on until it is decided, measures anew what broke a threshold, and says so where it is not valid."""

import json
import signal
from pathlib import Path
from typing import Any

from harness.model import journal
from harness.model.journal import Rerun
from tests.commands import call, samples, start, wait_until

MATRIX = """\
title: twice as long
scenario: sleep
delay: 100ms
matrix: {server: uvicorn, thread_limit: 3, style: [def, async], concurrency: 4}
"""
UNTIL_DECIDED = """\
baseline: {style: async}
compare: [{style: [def, async]}]
blocks: {min: 2, max: 20}
practical_difference: 30%
thresholds: {"ratio{style:def}": "< 1.25"}
"""
CONTROLLED = """\
matrix: {server: uvicorn, thread_limit: 3, style: async, concurrency: 4}
baseline: {style: async}
blocks: 6
practical_difference: 0.001%
"""
DECIDED = 7
"""The fewest blocks that a verdict takes where the figures decide when to stop."""


def results(folder: Path) -> Any:
    return json.loads((folder / "results.json").read_text())


def test_a_run_ends_when_it_is_decided_and_a_broken_ratio_has_to_be_broken_again(tmp_path: Path) -> None:
    matrix, runs = tmp_path / "matrix.yaml", tmp_path / "runs"
    matrix.write_text(MATRIX + UNTIL_DECIDED)
    process = start("run", matrix, "--output", runs)
    wait_until(lambda: runs.exists() and any(sample.block > DECIDED for sample in samples(next(runs.glob("2*")))))
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=30)
    folder = Path(output.splitlines()[-1])

    first = results(folder)
    assert process.returncode == 130
    assert (first["blocks"], first["comparisons"][0]["verdict"]) == (DECIDED, "slower")
    assert [(each["outcome"], each["reason"]) for each in first["thresholds"]] == [
        ("undecided", "broken, but not confirmed by a rerun")
    ]

    code, output, errors = call("run", "--resume", folder)

    second = results(folder)
    assert (code, second["blocks"], second["rerun_blocks"]) == (1, DECIDED, 6), errors
    assert second["thresholds"][0]["outcome"] == "broken"
    assert second["comparisons"] == first["comparisons"], "a rerun is judged by itself and changes no figure"
    assert [record for record in journal.read(folder / journal.FILE_NAME) if isinstance(record, Rerun)] == [Rerun(8)]
    assert "broken: ratio{style:def}: < 1.25." in output.replace("\n", " ")

    assert call("run", "--resume", folder)[0] == 1, "there is nothing left to measure, and it is as broken as before"
    assert len(samples(folder)) == 3 * (DECIDED + 6)


def test_a_control_that_differs_by_more_than_counts_makes_a_run_not_valid(tmp_path: Path) -> None:
    matrix = tmp_path / "matrix.yaml"
    matrix.write_text(MATRIX.partition("matrix:")[0] + CONTROLLED)

    code, output, errors = call("run", matrix, "--output", tmp_path / "runs")

    folder = Path(output.splitlines()[-1])
    assert code == 3, errors
    assert output.startswith("Not valid: the A/A control, the same cells measured twice, differs from itself by ")
    report = (folder / "README.md").read_text()
    assert report.split("\n\n")[2].startswith("> [!CAUTION]\n> **This measurement is not valid, and ranks nothing.**")
    assert results(folder)["aa"]["within"] is False
