"""What each reading of the machine means for what is measured on it.

What cannot be found out is unknown, never good. Where samples or verdicts are judged by a bound, the machine is, too.
"""

import math

from harness.analysis.checkup import Finding, Fitness, percent
from harness.model.flags import LATE_BEYOND_US, MOST_FOREIGN_CPU
from harness.model.machine import BESIDE_CONNECTIONS, Machine
from harness.model.words import counted

REQUESTS_AT_ONCE = 5_000
"""The most that a matrix is likely to ask for."""

LOAD_OF_A_FREE_CORE = 0.25
"""What the odd bit of work in the background adds up to, and what a run that has just ended leaves behind."""

MOST_STOLEN = 0.05
"""As much as two cells may differ and still be called the same, unless the matrix says otherwise."""

LITTLE = 0.2
"""The part of a bound up to which what it limits is not worth a word."""

ENOUGH_MEMORY_MB = 512
"""Harness, load processes and one server with a few workers, and as much again."""

FINE_CLOCK_US = 1.0
"""The journal counts in whole microseconds."""


def of_machine(machine: Machine) -> list[Finding]:
    """A finding on each question that the machine answers by itself, in the order in which they are best mended."""
    return [
        _cores(machine),
        _governor(machine),
        _boost(machine),
        _load(machine),
        _others(machine),
        _steal(machine),
        _files(machine),
        _clock(machine),
        _timers(machine),
        _memory(machine),
        _python(machine),
    ]


def graded(value: float, notable: float, bad: float) -> Fitness:
    """Good up to `notable`, worth knowing up to `bad`, a problem beyond that."""
    if value <= notable:
        return "good"
    return "worth knowing" if value <= bad else "problem"


def _cores(machine: Machine) -> Finding:
    what, cores = "cores", counted(machine.cores, "core")
    allowed = machine.cores if machine.allowed is None else machine.allowed
    if allowed < machine.cores:
        cores = f"{allowed} of {cores}"
    if machine.quota is not None and machine.quota < allowed:
        return Finding(
            what,
            f"{cores}, but no more than {machine.quota:g} cores' worth of time",
            "problem",
            "A container that has used up its time stands still until it is given more, in the middle of a "
            "measurement. Start it without a limit on CPU time (docker: without --cpus); to give it less than the "
            "machine, give it cores (--cpuset-cpus).",
        )
    if machine.kept_apart:
        return Finding(what, f"{cores}; client and server are kept apart", "good")
    if machine.allowed is None:
        return Finding(
            what,
            f"{cores}; client and server share them",
            "worth knowing",
            "This system does not keep processes on cores of their own; Linux does.",
        )
    shared = f"{cores}; client and server share {'it' if allowed == 1 else 'them'}"
    verdict: Fitness = "problem" if allowed == 1 else "worth knowing"
    advice = "Each takes time from the other. With three cores or more, they are kept apart."
    if machine.cores == allowed:
        return Finding(what, shared, verdict, advice)
    all_cores = f"taskset --cpu-list --pid 0-{machine.cores - 1} $$"
    return Finding(what, shared, verdict, f"{advice} To allow this shell all cores of the machine:", (all_cores,))


def _governor(machine: Machine) -> Finding:
    what = "CPU governor"
    if not machine.governors:
        return Finding(what, "not to be seen here", "unknown", _hidden(machine, "governor"))
    found = ", ".join(machine.governors)
    if machine.governors == ("performance",):
        return Finding(what, found, "good")
    return Finding(
        what,
        found,
        "worth knowing",
        "The clock rate follows the load, so that a light load is measured on slow cores. To hold it up:",
        ("sudo cpupower frequency-set -g performance",),
    )


def _boost(machine: Machine) -> Finding:
    what, boost = "turbo", machine.boost
    if boost is None:
        return Finding(what, "not to be seen here", "unknown", _hidden(machine, "turbo"))
    if not boost.is_on:
        return Finding(what, "off", "good")
    return Finding(
        what,
        "on",
        "worth knowing",
        "How fast a core runs then depends on its heat and on how many others are busy, and what is measured first is "
        "measured on a cold machine. To turn it off until the next start:",
        (f"echo {boost.off} | sudo tee {boost.switch}",),
    )


def _hidden(machine: Machine, setting: str) -> str:
    if machine.is_virtual:
        return f"The {setting} of a virtual machine is its host's: look there, if the host is yours."
    return f"Look for the {setting} in the settings of the firmware or of the system."


def _load(machine: Machine) -> Finding:
    what = "load average"
    if machine.load is None:
        return Finding(what, "not to be seen here", "unknown", "See with the tools of the system what is running.")
    advice = {
        "worth knowing": "The last minute was not quiet: let a minute pass without anything running, and ask again.",
        "problem": "More wanted to run than there are cores, so that what is measured would have to queue: close other "
        "programs, let a minute pass, and ask again.",
    }
    verdict = graded(machine.load, LOAD_OF_A_FREE_CORE * machine.cores, machine.cores)
    found = f"{machine.load:.2f} on {counted(machine.cores, 'core')}"
    return Finding(what, found, verdict, advice.get(verdict))


def _others(machine: Machine) -> Finding:
    what, found = "other programs", f"used {percent(machine.others)} of the machine in {machine.watched_s:.0f} s"
    verdict = graded(machine.others, LITTLE * MOST_FOREIGN_CPU, MOST_FOREIGN_CPU)
    if verdict == "good":
        return Finding(what, found, verdict)
    named = [f"{each.name} (pid {each.pid}) {each.cores:.2f} cores" for each in machine.busiest]
    advice = "Close what need not run while you measure."
    if verdict == "problem":
        advice += f" Samples during which others use more than {percent(MOST_FOREIGN_CPU)} are flagged busy-host."
    return Finding(what, "; ".join([found, *(named or ["by whom cannot be seen from here"])]), verdict, advice)


def _steal(machine: Machine) -> Finding:
    what = "steal time"
    if machine.stolen is None or machine.stolen_ever is None:
        return Finding(what, "not to be seen here", "unknown", "If this is a virtual machine, look on its host.")
    found = f"{percent(machine.stolen)} in {machine.watched_s:.0f} s, {percent(machine.stolen_ever)} since the start"
    if not machine.stolen_ever and machine.is_virtual is not False:
        return Finding(
            what,
            "none was ever counted",
            "unknown",
            "Not every host tells its virtual machines what it gives to others. The A/A shows what it comes to.",
        )
    verdict = graded(machine.stolen, LITTLE * MOST_STOLEN, MOST_STOLEN)
    if verdict == "good" and machine.stolen_ever > LITTLE * MOST_STOLEN:
        verdict = "worth knowing"
    if verdict == "good":
        return Finding(what, found, verdict)
    advice = "Other virtual machines on this host take time from this one: measure when they are quiet, or where cores "
    return Finding(what, found, verdict, f"{advice}are not shared; more blocks even out a part of it.")


def _files(machine: Machine) -> Finding:
    what, needed = "open files", REQUESTS_AT_ONCE + BESIDE_CONNECTIONS
    found = "no limit"
    if math.isfinite(machine.files_at_most):
        found = f"{machine.files_at_most:.0f} at most"
    if machine.files_now < machine.files_at_most:
        found += f" ({machine.files_now:.0f} now; a run raises that by itself)"
    if machine.files_at_most >= needed:
        return Finding(what, found, "good")
    most = max(0, int(machine.files_at_most) - BESIDE_CONNECTIONS)
    return Finding(
        what,
        found,
        "worth knowing",
        f"That is enough for a concurrency of {most}; {REQUESTS_AT_ONCE} take {needed}. To raise it in this shell:",
        (f"sudo prlimit --pid $$ --nofile={needed}:{needed}",),
    )


def _clock(machine: Machine) -> Finding:
    found, verdict = (
        f"steps of {machine.clock_step_us:.3g} us",
        graded(machine.clock_step_us, FINE_CLOCK_US, LATE_BEYOND_US),
    )
    if verdict == "good":
        return Finding("clock", found, verdict)
    return Finding(
        "clock",
        found,
        verdict,
        "Times are taken in microseconds. On Linux, tsc and kvm-clock are fine clocks, hpet and acpi_pm are not; to "
        "see which one it is:",
        ("cat /sys/devices/system/clocksource/clocksource0/current_clocksource",),
    )


def _timers(machine: Machine) -> Finding:
    found = (
        f"{machine.sleeps} sleeps of 1 ms woke {machine.late_p50_us / 1e3:.2f} ms late (median), "
        f"99% of them within {machine.late_p99_us / 1e3:.2f} ms"
    )
    # Half of them beyond the bound is worse than a few of them.
    verdict: Fitness = (
        "problem" if machine.late_p50_us > LATE_BEYOND_US else graded(machine.late_p99_us, LATE_BEYOND_US, math.inf)
    )
    if verdict == "good":
        return Finding("timers", found, verdict)
    return Finding(
        "timers",
        found,
        verdict,
        f"A client that wakes late sends late, and beyond {LATE_BEYOND_US / 1e3:g} ms its samples may be flagged late. "
        "Close other programs, leave battery saving, and expect less of a virtual machine.",
    )


def _memory(machine: Machine) -> Finding:
    found = f"{machine.memory_free_mb} MB available, {machine.swap_used_mb} MB swapped out"
    if machine.memory_free_mb < ENOUGH_MEMORY_MB:
        advice = (
            f"Close other programs until {ENOUGH_MEMORY_MB} MB are available: a machine that swaps measures its disk."
        )
        return Finding("memory", found, "problem", advice)
    if machine.swap_used_mb:
        advice = "Whatever needs a page that was swapped out waits for the disk. To bring everything back (Linux):"
        return Finding("memory", found, "worth knowing", advice, ("sudo swapoff -a && sudo swapon -a",))
    return Finding("memory", found, "good")


def _python(machine: Machine) -> Finding:
    if not machine.slowed_by:
        return Finding("Python", "nothing slows it down", "good")
    advice = "Measure with a release build of Python, without -X dev and PYTHONDEVMODE: servers run on the same one."
    return Finding("Python", " and ".join(machine.slowed_by), "problem", advice)
