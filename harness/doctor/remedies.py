"""Grades for readings, and remedies for bad ones."""

from enum import Enum, StrEnum


class Fitness(StrEnum):
    """How good a reading is, as the table and `--json` name it."""

    GOOD = "good"
    WORTH_KNOWING = "worth knowing"
    PROBLEM = "problem"
    UNKNOWN = "unknown"


class Remedy(Enum):
    """What to do about a reading: advice, and perhaps a command to type.

    The names in braces are the facts of checks.py.
    """

    LIFT_QUOTA = (
        "A container that has used up its CPU time is paused in the middle of a measurement. Start it without a CPU "
        "limit (docker: without --cpus). To give it part of the machine, give it cores (--cpuset-cpus)."
    )
    USE_LINUX = "This system cannot pin processes to cores; Linux can."
    ADD_CORES = "Client and server take CPU time from each other. With three or more cores, they are kept apart."
    ALLOW_ALL_CORES = f"{ADD_CORES} To let this shell use every core:", "taskset --cpu-list --pid 0-{last_core} $$"
    HOLD_CLOCK_RATE = (
        "The clock rate follows the load, so a light load runs on slow cores. To keep the rate up:",
        "sudo cpupower frequency-set -g performance",
    )
    TURN_TURBO_OFF = (
        "Core speed then depends on temperature and on how many cores are busy. To turn it off until the next boot:",
        "echo {boost.off} | sudo tee {boost.switch}",
    )
    CHECK_HOST = "On a virtual machine, check the host, if it is yours."
    CHECK_SYSTEM = "Check the tools and settings of the system, or of the firmware."
    WAIT = "The last minute was not quiet. Close other programs, wait a minute, and try again."
    CLOSE_PROGRAMS = (
        "Close what you do not need. If other programs use more than {most_foreign_cpu:.0%}, samples are flagged "
        "busy-host."
    )
    EXPECT_HIDDEN_STEAL = "Not every host reports steal time to its virtual machines. The A/A shows its effect."
    AVOID_STEAL = (
        "Other virtual machines on this host take CPU time from this one. Measure when they are quiet, or on dedicated "
        "cores; more blocks even out part of it."
    )
    RAISE_FILE_LIMIT = (
        "Enough for concurrency {reachable:.0f}; {max_concurrency} needs {files_needed}. To raise this shell's limit:",
        "sudo prlimit --pid $$ --nofile={files_needed}:{files_needed}",
    )
    CHANGE_CLOCK = (
        "Times are recorded in microseconds. On Linux, tsc and kvm-clock will do, hpet and acpi_pm will not. Yours:",
        "cat /sys/devices/system/clocksource/clocksource0/current_clocksource",
    )
    WAKE_EARLIER = (
        "A client that wakes late sends late; beyond {late_ms:g} ms its samples may be flagged late. Close other "
        "programs and turn battery saving off. Expect less of a virtual machine."
    )
    FREE_MEMORY = "Close programs until {enough_memory_mb} MB are available: a machine that swaps measures its disk."
    EMPTY_SWAP = (
        "A program that needs a swapped-out page waits for the disk. To bring all pages back (Linux):",
        "sudo swapoff -a && sudo swapon -a",
    )
    USE_RELEASE_BUILD = "The servers run on this Python too. Use a release build, without -X dev and PYTHONDEVMODE."
    FIX_FAILURES = "Fix what kept blocks from giving a figure:"
    FIX_NOISE = (
        "The ratio is more than {practical_difference} from 1, so noise would pass for a difference between servers. "
        "Fix the issues above, let nothing else run, and try again."
    )
    ADD_BLOCKS = (
        "This many blocks would not show a difference of {practical_difference}. Fix the issues above, or measure "
        "about {blocks_needed} blocks."
    )
    READ_WARNINGS = "Good, but note:"
    INSTALL_SERVER = "To install one:", "python -m pip install {requirements}"

    def __init__(self, advice: str, command: str | None = None) -> None:
        self.advice = advice
        self.command = command
