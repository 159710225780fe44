"""A checkup is printed for whatever terminal there is, and for programs."""

import json

import pytest

from harness.analysis.findings import Control
from harness.doctor.checks import Finding
from harness.doctor.output import render_advice, render_json, render_table

FINDINGS = [
    Finding("cores", "8 cores; client and server are kept apart", "good"),
    Finding("other programs", "used 25% of the machine in 2 s; cc1plus (pid 4711) 1.90 cores", "problem", "Close it."),
    Finding(
        "turbo", "on", "worth knowing", "It warms up, so that what is measured first is fast. Off:", ("echo 0 | x",)
    ),
    Finding("A/A", "0 blocks", "problem", "Mend what kept the others from it:\nno\x1b[2J free port"),
]


def test_the_table_is_as_wide_as_the_terminal() -> None:
    assert list(render_table(FINDINGS, 80)) == [
        "cores           good           8 cores; client and server are kept apart",
        "other programs  problem        used 25% of the machine in 2 s; cc1plus (pid",
        "                               4711) 1.90 cores",
        "turbo           worth knowing  on",
        "A/A             problem        0 blocks",
    ]


def test_elsewhere_a_finding_is_a_line() -> None:
    assert len(list(render_table(FINDINGS, None))) == len(FINDINGS)


def test_advice_is_wrapped_and_commands_are_not() -> None:
    assert list(render_advice(FINDINGS, 60)) == [
        "",
        "other programs: Close it.",
        "",
        "turbo: It warms up, so that what is measured first is fast.",
        "  Off:",
        "    echo 0 | x",
        "",
        "A/A: Mend what kept the others from it:",
        "  no\N{REPLACEMENT CHARACTER}[2J free port",
    ]


@pytest.mark.parametrize("width", [1, 20, 80, 200, None])
def test_a_long_command_stays_in_one_piece(width: int | None) -> None:
    command = "echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo"
    assert f"    {command}" in list(render_advice([Finding("turbo", "on", "worth knowing", "Off:", (command,))], width))


def test_programs_get_every_finding_and_the_figures_of_the_aa() -> None:
    read = json.loads(render_json(FINDINGS[2:3], Control((), 10, 1.0041234, 0.98, 1.02, within=True)))
    assert read == {
        "findings": [
            {
                "what": "turbo",
                "found": "on",
                "verdict": "worth knowing",
                "advice": "It warms up, so that what is measured first is fast. Off:",
                "commands": ["echo 0 | x"],
            }
        ],
        "aa": {
            "blocks": 10,
            "ratio": 1.0041,
            "low": 0.98,
            "high": 1.02,
            "smallest_difference": 0.0202,
            "within": True,
        },
    }
    assert json.loads(render_json([], None)) == {"findings": [], "aa": None}
