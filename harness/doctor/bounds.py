"""Judge the readings of a machine by named bounds.

What cannot be read is unknown, never good. Where samples or verdicts have a bound, the machine is judged by the same.
"""

import math
from enum import StrEnum

from harness.doctor.machine import Machine
from harness.doctor.remedies import Fitness, Remedy
from harness.measure.process import EXTRA_FILES
from harness.model.axes import MAX_CONCURRENCY
from harness.model.flags import LATE_BEYOND_US, MOST_FOREIGN_CPU

FILES_NEEDED = MAX_CONCURRENCY + EXTRA_FILES
"""Enough for the highest concurrency that a matrix may ask for."""

IDLE_LOAD_PER_CORE = 0.25
"""Background work adds up to this, and so does what a run that has just ended leaves behind."""

MOST_STOLEN = 0.05
"""The default practical difference: cells closer than this are called the same."""

NOTABLE = 0.2
"""The part of a bound from which on a reading is worth knowing."""

ENOUGH_MEMORY_MB = 512
"""Twice what the harness, its load processes and one server with a few workers take."""

FINE_CLOCK_US = 1.0
"""The journal counts whole microseconds."""


class Check(StrEnum):
    """What the doctor looks at, in the order in which problems are best fixed."""

    CORES = "cores"
    GOVERNOR = "CPU governor"
    TURBO = "turbo"
    LOAD = "load average"
    OTHERS = "other programs"
    STEAL = "steal time"
    FILES = "open files"
    CLOCK = "clock"
    TIMERS = "timers"
    MEMORY = "memory"
    PYTHON = "Python"
    AA = "A/A"


Judgement = tuple[Fitness, Remedy | None]
GOOD: Judgement = (Fitness.GOOD, None)


def judge_machine(machine: Machine) -> dict[Check, Judgement]:
    """Return how good each reading is, and what to do about it if it is not good."""
    return {
        Check.CORES: _judge_cores(machine),
        Check.GOVERNOR: _judge_governor(machine),
        Check.TURBO: _judge_turbo(machine),
        Check.LOAD: _judge_load(machine),
        Check.OTHERS: _grade(machine.others, NOTABLE * MOST_FOREIGN_CPU, MOST_FOREIGN_CPU, Remedy.CLOSE_PROGRAMS),
        Check.STEAL: _judge_steal(machine),
        Check.FILES: _grade(FILES_NEEDED, machine.files_at_most, math.inf, Remedy.RAISE_FILE_LIMIT),
        Check.CLOCK: _grade(machine.clock_step_us, FINE_CLOCK_US, LATE_BEYOND_US, Remedy.CHANGE_CLOCK),
        Check.TIMERS: _judge_timers(machine),
        Check.MEMORY: _judge_memory(machine),
        Check.PYTHON: _grade(len(machine.slowed_by), 0, 0, Remedy.USE_RELEASE_BUILD),
    }


def _grade(value: float, notable: float, bad: float, remedy: Remedy) -> Judgement:
    """Return good up to `notable`, worth knowing up to `bad`, and a problem beyond that."""
    if value <= notable:
        return GOOD
    return Fitness.WORTH_KNOWING if value <= bad else Fitness.PROBLEM, remedy


def _judge_cores(machine: Machine) -> Judgement:
    allowed = machine.allowed or machine.cores
    if machine.quota is not None and machine.quota < allowed:
        return Fitness.PROBLEM, Remedy.LIFT_QUOTA
    if machine.kept_apart:
        return GOOD
    if machine.allowed is None:
        return Fitness.WORTH_KNOWING, Remedy.USE_LINUX
    remedy = Remedy.ADD_CORES if allowed == machine.cores else Remedy.ALLOW_ALL_CORES
    return Fitness.PROBLEM if allowed == 1 else Fitness.WORTH_KNOWING, remedy


def _judge_governor(machine: Machine) -> Judgement:
    if not machine.governors:
        return _look_elsewhere(machine)
    return GOOD if machine.governors == ("performance",) else (Fitness.WORTH_KNOWING, Remedy.HOLD_CLOCK_RATE)


def _judge_turbo(machine: Machine) -> Judgement:
    if machine.boost is None:
        return _look_elsewhere(machine)
    return (Fitness.WORTH_KNOWING, Remedy.TURN_TURBO_OFF) if machine.boost.is_on else GOOD


def _look_elsewhere(machine: Machine) -> Judgement:
    return Fitness.UNKNOWN, Remedy.CHECK_HOST if machine.is_virtual else Remedy.CHECK_SYSTEM


def _judge_load(machine: Machine) -> Judgement:
    if machine.load is None:
        return Fitness.UNKNOWN, Remedy.CHECK_SYSTEM
    return _grade(machine.load, IDLE_LOAD_PER_CORE * machine.cores, machine.cores, Remedy.WAIT)


def _judge_steal(machine: Machine) -> Judgement:
    if machine.stolen is None or machine.stolen_ever is None:
        return Fitness.UNKNOWN, Remedy.CHECK_HOST
    if not machine.stolen_ever and machine.is_virtual is not False:
        return Fitness.UNKNOWN, Remedy.EXPECT_HIDDEN_STEAL
    if machine.stolen <= NOTABLE * MOST_STOLEN < machine.stolen_ever:
        return Fitness.WORTH_KNOWING, Remedy.AVOID_STEAL
    return _grade(machine.stolen, NOTABLE * MOST_STOLEN, MOST_STOLEN, Remedy.AVOID_STEAL)


def _judge_timers(machine: Machine) -> Judgement:
    if machine.late_p50_us > LATE_BEYOND_US:
        # Half of the sleeps beyond the bound is worse than one in a hundred.
        return Fitness.PROBLEM, Remedy.WAKE_EARLIER
    return _grade(machine.late_p99_us, LATE_BEYOND_US, math.inf, Remedy.WAKE_EARLIER)


def _judge_memory(machine: Machine) -> Judgement:
    if machine.memory_free_mb < ENOUGH_MEMORY_MB:
        return Fitness.PROBLEM, Remedy.FREE_MEMORY
    return (Fitness.WORTH_KNOWING, Remedy.EMPTY_SWAP) if machine.swap_used_mb else GOOD
