"""A real run goes on until it is decided, measures anew what broke a threshold, and says so where it is not valid."""

import json
import re
import signal
from pathlib import Path
from typing import Any

from harness.model import journal
from harness.model.journal import Rerun
from tests.commands import ENDS_WITHIN_S, call, read_journal, rewrite_journal, samples, start, wait_until

MATRIX = """\
title: twice as long
scenario: sleep
delay: 200ms
matrix: {server: uvicorn, thread_limit: 3, style: [def, async], concurrency: 4}
baseline: {style: async}
compare: [{style: [def, async]}]
rounds: 1
blocks: {min: 2, max: 20}
ready_timeout: 120s
practical_difference: 30% # far from both, however busy the machine
thresholds: {"ratio{style:def}": "< 1.25"}
"""
DECIDED = 7
"""The fewest blocks that a verdict takes where the figures decide when to stop; one more for every one that stalls."""


def results(folder: Path) -> Any:
    return json.loads((folder / "results.json").read_text())


def test_a_run_ends_when_it_is_decided_and_a_broken_ratio_has_to_be_broken_again(tmp_path: Path) -> None:
    matrix, runs = tmp_path / "matrix.yaml", tmp_path / "runs"
    matrix.write_text(MATRIX)
    process = start("run", matrix, "--output", runs)
    wait_until(lambda: runs.exists() and reruns(next(runs.glob("2*"))) != [])
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=ENDS_WITHIN_S)
    folder = Path(output.splitlines()[-1])

    first = results(folder)
    assert process.returncode == 130
    assert first["blocks"] >= DECIDED
    assert first["comparisons"][0]["verdict"] == "slower"
    assert [(each["outcome"], each["reason"]) for each in first["thresholds"]] == [
        ("undecided", "broken, but not confirmed by a rerun")
    ]

    code, output, errors = call("run", "--resume", folder)

    second = results(folder)
    assert (code, second["blocks"], second["rerun_blocks"]) == (1, first["blocks"], 6), errors
    assert second["thresholds"][0]["outcome"] == "broken"
    assert second["comparisons"] == first["comparisons"], "a rerun is judged by itself and changes no figure"
    assert reruns(folder) == [Rerun(first["blocks"] + 1)]
    assert re.search(r"Thresholds met\? +No: 1 of 1 threshold broken +ratio\{style:def\}: < 1\.25\n", output)

    measured = len(samples(folder))
    assert call("run", "--resume", folder)[0] == 1, "there is nothing left to measure, and it is as broken as before"
    assert len(samples(folder)) == measured == 3 * (first["blocks"] + 6)

    make_the_control_differ(folder)
    assert call("report", folder)[0] == 3, "what broke is not valid, so nothing is broken"
    code, output, _ = call("report", folder, "--json")
    assert code == 3
    assert json.loads(output)["answer"].startswith("Invalid run: the A/A control differs from itself by ")
    report = (folder / "README.md").read_text()
    assert report.split("\n\n")[2].startswith("> [!CAUTION]\n> **Invalid run: nothing is ranked.**")
    third = results(folder)
    assert (third["aa"]["within"], third["comparisons"][0]["verdict"]) == (False, None)
    assert third["thresholds"][0]["outcome"] == "not judged"


def reruns(folder: Path) -> list[Rerun]:
    path = journal.find(folder)
    return [record for record in journal.read(path) if isinstance(record, Rerun)] if path.exists() else []


def make_the_control_differ(folder: Path) -> None:
    """As if the repetition had taken half as long again in every block."""
    lines = [json.loads(line) for line in read_journal(folder).splitlines()]
    (control,) = lines[0]["plan"]["controls"]
    for line in lines:
        if line["kind"] == "window" and line["cell"] == control["cell"]:
            line["duration_s"] *= 1.5
    rewrite_journal(folder, "".join(f"{json.dumps(line)}\n" for line in lines).encode())
