"""The doctor's words: what each check found, what to do about it, and the conclusion."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.analysis.findings import Control
from harness.doctor.aa import PRACTICAL_DIFFERENCE, blocks_needed, judge_aa, smallest_difference
from harness.doctor.bounds import ENOUGH_MEMORY_MB, FILES_NEEDED, NOTABLE, Check, Judgement, judge_machine
from harness.doctor.machine import SLEEPS, Machine
from harness.doctor.remedies import Fitness, Remedy
from harness.measure.process import EXTRA_FILES
from harness.model.axes import MAX_CONCURRENCY
from harness.model.flags import LATE_BEYOND_US, MOST_FOREIGN_CPU
from harness.model.words import counted

HIDDEN = "not visible here"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check in words, under the keys of `doctor --json`; `advice` may have several lines."""

    what: str
    found: str
    verdict: str
    advice: str | None = None
    commands: tuple[str, ...] = ()


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
    found = _describe_readings(machine)
    return [_describe(check, found[check], judged, facts) for check, judged in judge_machine(machine).items()]


def describe_aa(control: Control, failures: Sequence[str], warnings: Sequence[str]) -> Finding:
    """Return what an A/A found; `failures` are the reasons why blocks gave no figure, `warnings` those of the rest."""
    difference = smallest_difference(control)
    blocks = counted(control.blocks, "block")
    found = f"{blocks} gave a figure, too few to judge"
    if difference is not None:
        found = (
            f"the same cell twice in each of {blocks}: ratio {control.ratio:.3f}, 95% interval {control.low:.3f} to "
            f"{control.high:.3f}; smallest difference that shows: {format_percent(difference)}"
        )
    judged = judge_aa(control, has_failures=bool(failures), has_warnings=bool(warnings))
    facts = {"practical_difference": format_percent(PRACTICAL_DIFFERENCE), "blocks_needed": blocks_needed(control)}
    more = failures if judged[1] is Remedy.FIX_FAILURES else warnings
    return _describe(Check.AA, found, judged, facts, more)


def describe_missing_server(requirements: Iterable[str]) -> Finding:
    """Return the finding if no server is installed to run an A/A with; pip installs one from `requirements`."""
    facts = {"requirements": " ".join(f'"{requirement}"' for requirement in requirements)}
    return _describe(Check.AA, "no server is installed", (Fitness.UNKNOWN, Remedy.INSTALL_SERVER), facts)


def conclude(findings: Sequence[Finding], control: Control | None) -> str:
    """Return whether the machine is fit to measure, in a sentence; `control` is None without an A/A."""
    if problems := [finding.what for finding in findings if finding.verdict == Fitness.PROBLEM]:
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


def _describe(
    check: Check, found: str, judged: Judgement, facts: Mapping[str, Any], more: Sequence[str] = ()
) -> Finding:
    fitness, remedy = judged
    if remedy is None:
        return Finding(check, found, fitness)
    advice = "\n".join([remedy.advice.format(**facts), *more])
    return Finding(check, found, fitness, advice, (remedy.command.format(**facts),) if remedy.command else ())


def _describe_readings(machine: Machine) -> dict[Check, str]:
    return {
        Check.CORES: _describe_cores(machine),
        Check.GOVERNOR: ", ".join(machine.governors) or HIDDEN,
        Check.TURBO: HIDDEN if machine.boost is None else "on" if machine.boost.is_on else "off",
        Check.LOAD: HIDDEN if machine.load is None else f"{machine.load:.2f} on {counted(machine.cores, 'core')}",
        Check.OTHERS: _describe_others(machine),
        Check.STEAL: _describe_steal(machine),
        Check.FILES: _describe_files(machine),
        Check.CLOCK: f"steps of {machine.clock_step_us:.3g} us",
        Check.TIMERS: f"{SLEEPS} sleeps of 1 ms woke {machine.late_p50_us / 1e3:.2f} ms late (median), 99% of them "
        f"within {machine.late_p99_us / 1e3:.2f} ms",
        Check.MEMORY: f"{machine.memory_free_mb} MB available, {machine.swap_used_mb} MB swapped out",
        Check.PYTHON: " and ".join(machine.slowed_by) or "nothing slows it down",
    }


def _describe_cores(machine: Machine) -> str:
    allowed = machine.allowed or machine.cores
    cores = counted(machine.cores, "core")
    if allowed < machine.cores:
        cores = f"{allowed} of {cores}"
    if machine.quota is not None and machine.quota < allowed:
        return f"{cores}, limited to {machine.quota:g} cores' worth of CPU time"
    if machine.kept_apart:
        return f"{cores}; client and server are kept apart"
    return f"{cores}; client and server share {'it' if allowed == 1 else 'them'}"


def _describe_others(machine: Machine) -> str:
    used = f"used {format_percent(machine.others)} of the machine in {machine.watched_s:.0f} s"
    if machine.others <= NOTABLE * MOST_FOREIGN_CPU:
        return used
    programs = [f"{each.name} (pid {each.pid}) {each.cores:.2f} cores" for each in machine.busiest]
    return "; ".join([used, *(programs or ["by which programs is not visible here"])])


def _describe_steal(machine: Machine) -> str:
    if machine.stolen is None or machine.stolen_ever is None:
        return HIDDEN
    if not machine.stolen_ever and machine.is_virtual is not False:
        return "none ever reported"
    share, ever = format_percent(machine.stolen), format_percent(machine.stolen_ever)
    return f"{share} in {machine.watched_s:.0f} s, {ever} since boot"


def _describe_files(machine: Machine) -> str:
    found = f"{machine.files_at_most:.0f} at most" if math.isfinite(machine.files_at_most) else "no limit"
    if machine.files_now < machine.files_at_most:
        found += f" ({machine.files_now:.0f} now; a run raises that by itself)"
    return found
