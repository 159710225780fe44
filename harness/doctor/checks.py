"""Judge the readings of a machine and an A/A by named bounds, and put findings and remedies into words.

What cannot be read is unknown, never good. Where samples or verdicts have a bound, the machine is judged by the same.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.analysis.findings import Control
from harness.doctor.aa import PRACTICAL_DIFFERENCE, smallest_difference
from harness.doctor.machine import SLEEPS, Machine
from harness.doctor.remedies import Fitness, Remedy
from harness.measure.process import EXTRA_FILES
from harness.model.axes import MAX_CONCURRENCY
from harness.model.flags import LATE_BEYOND_US, MOST_FOREIGN_CPU
from harness.model.words import counted

FILES_NEEDED = MAX_CONCURRENCY + EXTRA_FILES
"""Enough for the highest concurrency that a matrix may ask for."""

IDLE_LOAD_PER_CORE = 0.25
"""Background work adds up to this, and so do the remains of a run that has just ended."""

MOST_STOLEN = 0.05
"""The default practical difference: cells closer than this are called the same."""

NOTABLE = 0.2
"""The part of a bound from which on a reading is worth knowing."""

ENOUGH_MEMORY_MB = 512
"""Twice the need of the harness, its load processes and one server with a few workers."""

FINE_CLOCK_US = 1.0
"""The journal counts whole microseconds."""

HIDDEN = "not visible here"

GOOD, WORTH_KNOWING, PROBLEM, UNKNOWN = Fitness


@dataclass(frozen=True, slots=True)
class Finding:
    """One check in words, under the keys of `doctor --json`; `advice` may have several lines."""

    what: str
    found: str
    verdict: str
    advice: str | None = None
    commands: tuple[str, ...] = ()


Judgement = tuple[str, Fitness, Remedy | None]
"""A reading in words, its grade, and a remedy unless it is good."""


def describe_machine(machine: Machine) -> list[Finding]:
    """Return a finding for each check that the machine answers by itself."""
    facts = {
        "last_core": machine.cores - 1,
        "boost": machine.boost,
        "most_foreign_cpu": MOST_FOREIGN_CPU,
        "reachable": max(0, machine.files_at_most - EXTRA_FILES),
        "max_concurrency": MAX_CONCURRENCY,
        "files_needed": FILES_NEEDED,
        "late_ms": LATE_BEYOND_US / 1e3,
        "enough_memory_mb": ENOUGH_MEMORY_MB,
    }
    slowed_by, clock = " and ".join(machine.slowed_by) or "nothing slows it down", machine.clock_step_us
    # In the order in which problems are best fixed.
    judged = {
        "cores": _judge_cores(machine),
        "CPU governor": _judge_governor(machine),
        "turbo": _judge_turbo(machine),
        "load average": _judge_load(machine),
        "other programs": _judge_others(machine),
        "steal time": _judge_steal(machine),
        "open files": _judge_files(machine),
        "clock": _grade(f"steps of {clock:.3g} us", clock, FINE_CLOCK_US, LATE_BEYOND_US, Remedy.CHANGE_CLOCK),
        "timers": _judge_timers(machine),
        "memory": _judge_memory(machine),
        "Python": _grade(slowed_by, len(machine.slowed_by), 0, 0, Remedy.USE_RELEASE_BUILD),
    }
    return [_make_finding(check, each, facts) for check, each in judged.items()]


def describe_aa(control: Control, failures: Sequence[str], warnings: Sequence[str]) -> Finding:
    """Return the finding of an A/A; `failures` explain blocks without a figure, `warnings` concern the others."""
    difference, blocks = smallest_difference(control), counted(control.blocks, "block")
    judged: Judgement
    if difference is None:
        judged = f"{blocks} gave a figure, too few to judge", PROBLEM, Remedy.FIX_FAILURES
        return _make_finding("A/A", judged, {}, failures)
    found = (
        f"the same cell twice in each of {blocks}: ratio {control.ratio:.3f}, 95% interval {control.low:.3f} to "
        f"{control.high:.3f}; smallest difference that shows: {format_percent(difference)}"
    )
    # An interval shrinks with the root of the blocks.
    needed = math.ceil(control.blocks * (math.log1p(difference) / math.log1p(PRACTICAL_DIFFERENCE)) ** 2)
    facts = {"practical_difference": format_percent(PRACTICAL_DIFFERENCE), "blocks_needed": needed}
    if failures:
        judged = found, PROBLEM, Remedy.FIX_FAILURES
    elif not control.within:
        judged = found, PROBLEM, Remedy.FIX_NOISE
    elif difference > PRACTICAL_DIFFERENCE:
        judged = found, WORTH_KNOWING, Remedy.ADD_BLOCKS
    else:
        judged = found, GOOD, Remedy.READ_WARNINGS if warnings else None
    return _make_finding("A/A", judged, facts, failures or warnings)


def describe_missing_server(requirements: Iterable[str]) -> Finding:
    """Return the finding if no server is installed to run an A/A with; pip installs one from `requirements`."""
    facts = {"requirements": " ".join(f'"{requirement}"' for requirement in requirements)}
    return _make_finding("A/A", ("no server is installed", UNKNOWN, Remedy.INSTALL_SERVER), facts)


def conclude(findings: Sequence[Finding], control: Control | None) -> str:
    """Return whether the machine is fit to measure, in a sentence; `control` is None without an A/A."""
    if problems := [finding.what for finding in findings if finding.verdict == PROBLEM]:
        return f"Not fit to measure as it is: {', '.join(problems)}."
    difference = smallest_difference(control) if control else None
    if control is None or difference is None:
        return "No problem found, but only an A/A can tell whether this machine is fit to measure."
    return (
        f"Fit to measure: {control.blocks} blocks show differences from about {format_percent(difference)} up; more "
        "blocks show smaller ones."
    )


def format_percent(share: float) -> str:
    """Return a share in percent, to a tenth."""
    return f"{100 * share:.1f}".removesuffix(".0") + "%"


def _make_finding(check: str, judged: Judgement, facts: Mapping[str, Any], more: Sequence[str] = ()) -> Finding:
    found, fitness, remedy = judged
    if remedy is None:
        return Finding(check, found, fitness)
    advice = "\n".join([remedy.advice.format(**facts), *more])
    return Finding(check, found, fitness, advice, (remedy.command.format(**facts),) if remedy.command else ())


def _grade(found: str, value: float, notable: float, bad: float, remedy: Remedy) -> Judgement:
    """Judge a reading as good up to `notable`, worth knowing up to `bad`, and a problem beyond that."""
    if value <= notable:
        return found, GOOD, None
    return found, WORTH_KNOWING if value <= bad else PROBLEM, remedy


def _judge_cores(machine: Machine) -> Judgement:
    allowed, cores = machine.allowed or machine.cores, counted(machine.cores, "core")
    if allowed < machine.cores:
        cores = f"{allowed} of {cores}"
    if machine.quota is not None and machine.quota < allowed:
        return f"{cores}, limited to {machine.quota:g} cores' worth of CPU time", PROBLEM, Remedy.LIFT_QUOTA
    if machine.kept_apart:
        return f"{cores}; client and server are kept apart", GOOD, None
    shared = f"{cores}; client and server share {'it' if allowed == 1 else 'them'}"
    if machine.allowed is None:
        return shared, WORTH_KNOWING, Remedy.USE_LINUX
    remedy = Remedy.ADD_CORES if allowed == machine.cores else Remedy.ALLOW_ALL_CORES
    return shared, PROBLEM if allowed == 1 else WORTH_KNOWING, remedy


def _judge_governor(machine: Machine) -> Judgement:
    if not machine.governors:
        return HIDDEN, UNKNOWN, Remedy.CHECK_HOST if machine.is_virtual else Remedy.CHECK_SYSTEM
    found = ", ".join(machine.governors)
    return (found, GOOD, None) if found == "performance" else (found, WORTH_KNOWING, Remedy.HOLD_CLOCK_RATE)


def _judge_turbo(machine: Machine) -> Judgement:
    if machine.boost is None:
        return HIDDEN, UNKNOWN, Remedy.CHECK_HOST if machine.is_virtual else Remedy.CHECK_SYSTEM
    return ("on", WORTH_KNOWING, Remedy.TURN_TURBO_OFF) if machine.boost.is_on else ("off", GOOD, None)


def _judge_load(machine: Machine) -> Judgement:
    if machine.load is None:
        return HIDDEN, UNKNOWN, Remedy.CHECK_SYSTEM
    found = f"{machine.load:.2f} on {counted(machine.cores, 'core')}"
    return _grade(found, machine.load, IDLE_LOAD_PER_CORE * machine.cores, machine.cores, Remedy.WAIT)


def _judge_others(machine: Machine) -> Judgement:
    found = [f"used {format_percent(machine.others)} of the machine in {machine.watched_s:.0f} s"]
    notable = NOTABLE * MOST_FOREIGN_CPU
    if machine.others > notable:
        programs = [f"{each.name} (pid {each.pid}) {each.cores:.2f} cores" for each in machine.busiest]
        found += programs or ["by which programs is not visible here"]
    return _grade("; ".join(found), machine.others, notable, MOST_FOREIGN_CPU, Remedy.CLOSE_PROGRAMS)


def _judge_steal(machine: Machine) -> Judgement:
    if machine.stolen is None or machine.stolen_ever is None:
        return HIDDEN, UNKNOWN, Remedy.CHECK_HOST
    if not machine.stolen_ever and machine.is_virtual is not False:
        return "none ever reported", UNKNOWN, Remedy.EXPECT_HIDDEN_STEAL
    share, ever = format_percent(machine.stolen), format_percent(machine.stolen_ever)
    found, notable = f"{share} in {machine.watched_s:.0f} s, {ever} since boot", NOTABLE * MOST_STOLEN
    if machine.stolen <= notable < machine.stolen_ever:
        return found, WORTH_KNOWING, Remedy.AVOID_STEAL
    return _grade(found, machine.stolen, notable, MOST_STOLEN, Remedy.AVOID_STEAL)


def _judge_files(machine: Machine) -> Judgement:
    found = f"{machine.files_at_most:.0f} at most" if math.isfinite(machine.files_at_most) else "no limit"
    if machine.files_now < machine.files_at_most:
        found += f" ({machine.files_now:.0f} now; a run raises that by itself)"
    return _grade(found, FILES_NEEDED, machine.files_at_most, math.inf, Remedy.RAISE_FILE_LIMIT)


def _judge_timers(machine: Machine) -> Judgement:
    p50_us, p99_us = machine.late_p50_us, machine.late_p99_us
    woke = f"woke {p50_us / 1e3:.2f} ms late (median), 99% of them within {p99_us / 1e3:.2f} ms"
    found = f"{SLEEPS} sleeps of 1 ms {woke}"
    if p50_us > LATE_BEYOND_US:
        # Half of the sleeps beyond the bound is worse than one in a hundred.
        return found, PROBLEM, Remedy.WAKE_EARLIER
    return _grade(found, p99_us, LATE_BEYOND_US, math.inf, Remedy.WAKE_EARLIER)


def _judge_memory(machine: Machine) -> Judgement:
    found = f"{machine.memory_free_mb} MB available, {machine.swap_used_mb} MB swapped out"
    if machine.memory_free_mb < ENOUGH_MEMORY_MB:
        return found, PROBLEM, Remedy.FREE_MEMORY
    return (found, WORTH_KNOWING, Remedy.EMPTY_SWAP) if machine.swap_used_mb else (found, GOOD, None)
