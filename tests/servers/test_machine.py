"""The machine is read as it is: this one, and files as other machines have them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.doctor.machine import Boost, is_virtual, read_boost, read_governors, read_machine, read_quota


def test_this_machine_is_read_plausibly() -> None:
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
        try:
            seen = read_machine()
        finally:
            busy.kill()
    assert 1 <= (seen.allowed or 1) <= seen.cores
    assert not seen.kept_apart or seen.cores >= 3
    assert seen.watched_s >= 2.0
    # The time of a machine is counted in ticks, and may come to a few more than there were.
    assert 0.0 < seen.others < 1.1
    assert all(program.name and program.pid != os.getpid() for program in seen.busiest)
    assert [each.cores for each in seen.busiest] == sorted((each.cores for each in seen.busiest), reverse=True)
    assert seen.stolen is None or 0.0 <= seen.stolen <= 1.0
    assert seen.files_now <= seen.files_at_most
    assert 0.0 < seen.clock_step_us < 1e6
    assert 0.0 <= seen.late_p50_us <= seen.late_p99_us
    assert seen.memory_free_mb > 0
    assert seen.swap_used_mb >= 0


def test_a_python_that_is_slowed_down_says_by_what() -> None:
    code = "from harness.doctor.machine import find_slowdowns; print(*find_slowdowns())"
    output = subprocess.run(
        [sys.executable, "-X", "dev", "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert output.rstrip().endswith("development mode")


def test_the_governors_of_all_cores_are_told_each_once(tmp_path: Path) -> None:
    for core, governor in ((0, "powersave\n"), (1, "performance\n"), (10, "powersave\n"), (11, "")):
        folder = tmp_path / f"cpu{core}" / "cpufreq"
        folder.mkdir(parents=True)
        (folder / "scaling_governor").write_text(governor)
    assert read_governors(tmp_path) == ("performance", "powersave")
    assert read_governors(tmp_path / "none") == ()


@pytest.mark.parametrize(
    ("file", "says", "is_on", "off"),
    [
        ("intel_pstate/no_turbo", "0\n", True, "1"),
        ("intel_pstate/no_turbo", "1\n", False, "1"),
        ("cpufreq/boost", "1\n", True, "0"),
        ("cpufreq/boost", "0\n", False, "0"),
    ],
)
def test_turbo_is_read_from_the_switch_that_there_is(
    file: str, says: str, is_on: bool, off: str, tmp_path: Path
) -> None:
    path = tmp_path / file
    path.parent.mkdir()
    assert read_boost(tmp_path) is None
    path.write_text(says)
    assert read_boost(tmp_path) == Boost(is_on, str(path), off)
    path.write_text("what\n")
    assert read_boost(tmp_path) is None


def test_a_virtual_machine_is_known_by_its_processor() -> None:
    assert is_virtual("processor : 0\nflags\t\t: fpu vme hypervisor lahf_lm\n") is True
    assert is_virtual("processor : 0\nflags\t\t: fpu vme lahf_lm\n") is False
    assert is_virtual("processor : 0\nFeatures\t: fp asimd\n") is None


def test_the_quota_is_the_tightest_of_the_group_and_those_around_it(tmp_path: Path) -> None:
    inner = tmp_path / "outer" / "inner"
    inner.mkdir(parents=True)
    groups = "9:name=systemd:/\n0::/outer/inner\n"
    assert read_quota(tmp_path, groups) is None
    (inner / "cpu.max").write_text("max 100000\n")
    assert read_quota(tmp_path, groups) is None
    (inner / "cpu.max").write_text("250000 100000\n")
    assert read_quota(tmp_path, groups) == 2.5
    (tmp_path / "outer" / "cpu.max").write_text("150000 100000\n")
    assert read_quota(tmp_path, groups) == 1.5
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    assert read_quota(tmp_path, "0::/\n") == 0.5, "in a container, the group lies at the root"
    assert read_quota(tmp_path, "0::/../elsewhere\n") == 0.5
    assert read_quota(tmp_path, "") == 0.5
