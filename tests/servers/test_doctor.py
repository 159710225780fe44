"""The doctor says of this machine what there is to say, whatever state it is in."""

import json
import signal
from dataclasses import replace

import pytest

from harness.analysis.findings import Control, Trouble, TroubleCode
from harness.cli import doctor
from harness.model.outcomes import Status
from tests.builders.findings import findings
from tests.commands import ENDS_WITHIN_S, call, children, command_lines, living, start, wait_until

READINGS = [
    "cores",
    "CPU governor",
    "turbo",
    "load average",
    "other programs",
    "steal time",
    "open files",
    "clock",
    "timers",
    "memory",
    "Python",
]
VERDICTS = {"good", "worth knowing", "problem", "unknown"}


def test_the_quick_one_prints_a_line_for_each_reading_and_a_conclusion() -> None:
    code, output, errors = call("doctor", "--quick")
    table, _, rest = output.partition("\n\n")
    assert (code, errors) == (0, "")
    assert [line[:14].rstrip() for line in table.splitlines()] == READINGS
    assert rest.splitlines()[-1].startswith(("No problem found", "Not fit to measure as it is: "))


def test_programs_get_a_verdict_on_each_reading() -> None:
    code, output, errors = call("doctor", "--json", "--quick")
    read = json.loads(output)
    assert (code, errors) == (0, "")
    assert list(read) == ["findings", "aa"]
    assert read["aa"] is None
    assert [finding["what"] for finding in read["findings"]] == READINGS
    for finding in read["findings"]:
        assert list(finding) == ["what", "found", "verdict", "advice", "commands"]
        assert finding["verdict"] in VERDICTS
        assert finding["verdict"] == "good" or finding["advice"]


def test_the_aa_is_a_run_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    seen = doctor.examine(quick=False, json=True, blocks=6)
    output, errors = capsys.readouterr()
    read = json.loads(output)
    assert seen is not None
    assert seen.troubles == ()
    assert doctor.aa_exit_code(seen) in (0, 3)
    assert [finding["what"] for finding in read["findings"]] == [*READINGS, "A/A"]
    assert "block 6/6" in errors
    aa = read["aa"]
    assert aa["blocks"] == 6
    assert aa["low"] <= aa["ratio"] <= aa["high"]
    assert aa["within"] == (doctor.aa_exit_code(seen) == 0)
    assert aa["smallest_difference"] > 0


@pytest.mark.parametrize(("within", "code"), [(True, 0), (False, 3)])
def test_an_aa_beyond_the_practical_difference_is_not_valid(within: bool, code: int) -> None:
    seen = replace(findings(), control=Control((), 10, 1.06, 1.05, 1.07, within))
    assert doctor.aa_exit_code(seen) == code
    assert (
        doctor.aa_exit_code(
            replace(seen, troubles=(Trouble(TroubleCode.LAUNCH_FAILED, Status.FAILED, "no free port", 1),))
        )
        == 1
    )


def test_an_aa_that_is_interrupted_leaves_no_server_behind() -> None:
    process = start("doctor")
    wait_until(lambda: any(" --port " in it for it in command_lines(process)))
    started = children(process)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=ENDS_WITHIN_S)
    assert process.returncode == 130
    assert living(started) == []
    assert [line[:14].rstrip() for line in output.splitlines()] == READINGS, "what was found before is shown"
    assert errors.splitlines()[-1] == "stopping ..."
