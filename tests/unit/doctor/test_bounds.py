"""Every reading of the machine is judged by its bounds, and nothing that is unknown is called good."""

import math
from dataclasses import replace
from typing import Any

import pytest

from harness.doctor.checks import Finding, describe_machine
from harness.doctor.machine import Boost, Machine, Program

QUIET = Machine(
    cores=8,
    allowed=8,
    kept_apart=True,
    quota=None,
    governors=("performance",),
    boost=Boost(is_on=False, switch="/sys/devices/system/cpu/cpufreq/boost", off="0"),
    is_virtual=False,
    load=0.1,
    watched_s=2.0,
    others=0.004,
    busiest=(),
    stolen=0.0,
    stolen_ever=0.0,
    files_now=1024.0,
    files_at_most=524288.0,
    clock_step_us=0.03,
    late_p50_us=60.0,
    late_p99_us=90.0,
    memory_free_mb=12_000,
    swap_used_mb=0,
    slowed_by=(),
)
"""A machine without a problem."""


def finding(what: str, **readings: Any) -> Finding:
    """Return one finding about a quiet machine with these readings changed."""
    (found,) = (each for each in describe_machine(replace(QUIET, **readings)) if each.what == what)
    return found


def test_a_quiet_machine_is_good() -> None:
    assert describe_machine(QUIET) == [
        Finding("cores", "8 cores; client and server are kept apart", "good"),
        Finding("CPU governor", "performance", "good"),
        Finding("turbo", "off", "good"),
        Finding("load average", "0.10 on 8 cores", "good"),
        Finding("other programs", "used 0.4% of the machine in 2 s", "good"),
        Finding("steal time", "0% in 2 s, 0% since boot", "good"),
        Finding("open files", "524288 at most (1024 now; a run raises that by itself)", "good"),
        Finding("clock", "steps of 0.03 us", "good"),
        Finding("timers", "300 sleeps of 1 ms woke 0.06 ms late (median), 99% of them within 0.09 ms", "good"),
        Finding("memory", "12000 MB available, 0 MB swapped out", "good"),
        Finding("Python", "nothing slows it down", "good"),
    ]


@pytest.mark.parametrize(
    ("what", "readings", "verdict"),
    [
        ("cores", {"cores": 2, "allowed": 2, "kept_apart": False}, "worth knowing"),
        ("cores", {"cores": 1, "allowed": 1, "kept_apart": False}, "problem"),
        ("cores", {"allowed": 1, "kept_apart": False}, "problem"),
        ("cores", {"allowed": None, "kept_apart": False}, "worth knowing"),
        ("cores", {"quota": 7.99}, "problem"),
        ("cores", {"quota": 8.0}, "good"),
        ("cores", {"quota": 4.0, "allowed": 4}, "good"),
        ("CPU governor", {"governors": ("powersave",)}, "worth knowing"),
        ("CPU governor", {"governors": ("performance", "powersave")}, "worth knowing"),
        ("turbo", {"boost": Boost(is_on=True, switch="boost", off="0")}, "worth knowing"),
        ("load average", {"load": 2.0}, "good"),
        ("load average", {"load": 2.01}, "worth knowing"),
        ("load average", {"load": 8.0}, "worth knowing"),
        ("load average", {"load": 8.01}, "problem"),
        ("other programs", {"others": 0.02}, "good"),
        ("other programs", {"others": 0.0201}, "worth knowing"),
        ("other programs", {"others": 0.1}, "worth knowing"),
        ("other programs", {"others": 0.1001}, "problem"),
        ("steal time", {"stolen": 0.01}, "good"),
        ("steal time", {"stolen": 0.0101, "stolen_ever": 0.001}, "worth knowing"),
        ("steal time", {"stolen": 0.05, "stolen_ever": 0.001}, "worth knowing"),
        ("steal time", {"stolen": 0.0501, "stolen_ever": 0.001}, "problem"),
        ("steal time", {"stolen_ever": 0.01, "is_virtual": True}, "good"),
        ("steal time", {"stolen_ever": 0.0101}, "worth knowing"),
        ("open files", {"files_at_most": 5064.0}, "good"),
        ("open files", {"files_at_most": 5063.0}, "worth knowing"),
        ("open files", {"files_at_most": math.inf}, "good"),
        ("clock", {"clock_step_us": 1.0}, "good"),
        ("clock", {"clock_step_us": 1.01}, "worth knowing"),
        ("clock", {"clock_step_us": 500.0}, "worth knowing"),
        ("clock", {"clock_step_us": 501.0}, "problem"),
        ("timers", {"late_p99_us": 500.0}, "good"),
        ("timers", {"late_p99_us": 501.0}, "worth knowing"),
        ("timers", {"late_p50_us": 500.0, "late_p99_us": 900.0}, "worth knowing"),
        ("timers", {"late_p50_us": 501.0, "late_p99_us": 900.0}, "problem"),
        ("memory", {"memory_free_mb": 512}, "good"),
        ("memory", {"memory_free_mb": 511}, "problem"),
        ("memory", {"swap_used_mb": 1}, "worth knowing"),
        ("Python", {"slowed_by": ("a debug build",)}, "problem"),
    ],
)
def test_a_bound_decides_on_either_side_of_it(what: str, readings: dict[str, Any], verdict: str) -> None:
    found = finding(what, **readings)
    assert found.verdict == verdict
    assert (found.advice is None) == (verdict == "good"), "advice comes with all that is not good"


@pytest.mark.parametrize(
    ("what", "readings"),
    [
        ("CPU governor", {"governors": ()}),
        ("turbo", {"boost": None}),
        ("load average", {"load": None}),
        ("steal time", {"stolen": None, "stolen_ever": None}),
        ("steal time", {"is_virtual": True}),
        ("steal time", {"is_virtual": None}),
    ],
)
def test_what_cannot_be_read_is_unknown(what: str, readings: dict[str, Any]) -> None:
    found = finding(what, **readings)
    assert found.verdict == "unknown"
    assert found.advice is not None


@pytest.mark.parametrize(
    ("what", "readings", "command"),
    [
        ("cores", {"allowed": 2, "kept_apart": False}, "taskset --cpu-list --pid 0-7 $$"),
        ("CPU governor", {"governors": ("schedutil",)}, "sudo cpupower frequency-set -g performance"),
        (
            "turbo",
            {"boost": Boost(is_on=True, switch="/sys/devices/system/cpu/intel_pstate/no_turbo", off="1")},
            "echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo",
        ),
        ("open files", {"files_at_most": 4096.0}, "sudo prlimit --pid $$ --nofile=5064:5064"),
        ("clock", {"clock_step_us": 2.0}, "cat /sys/devices/system/clocksource/clocksource0/current_clocksource"),
        ("memory", {"swap_used_mb": 300}, "sudo swapoff -a && sudo swapon -a"),
    ],
)
def test_advice_holds_the_command_that_fixes_it(what: str, readings: dict[str, Any], command: str) -> None:
    assert finding(what, **readings).commands == (command,)


def test_the_programs_that_keep_the_machine_busy_are_named() -> None:
    busy = finding("other programs", others=0.25, busiest=(Program("cc1plus", 4711, 1.9), Program("make", 12, 0.1)))
    assert busy.found == "used 25% of the machine in 2 s; cc1plus (pid 4711) 1.90 cores; make (pid 12) 0.10 cores"
    assert finding("other programs", others=0.25).found == (
        "used 25% of the machine in 2 s; by which programs is not visible here"
    )


def test_a_low_limit_of_open_files_names_the_concurrency_it_allows() -> None:
    assert finding("open files", files_now=1024.0, files_at_most=1024.0) == Finding(
        "open files",
        "1024 at most",
        "worth knowing",
        "Enough for concurrency 960; 5000 needs 5064. To raise this shell's limit:",
        ("sudo prlimit --pid $$ --nofile=5064:5064",),
    )
