"""The sentences of the verdict on knees: where `def` falls behind `async`, on which servers, and by how much.

Only what the analysis claims is said to keep up or to fall behind; of all else there are figures.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.analysis.findings import Findings, Knee
from harness.model.words import counted
from harness.report.writing.conditions import Axes, launch_conditions, name_conditions, run_axes
from harness.report.writing.markdown import Voice
from harness.report.writing.numbers import listed, spell_number, times

_MOST_NAMES = 2
"""More servers than these are counted where all are meant."""
_MOST_SETTINGS = 3
"""More settings than these are for the table: a verdict has to be read."""


@dataclass(frozen=True, slots=True)
class KneeSetting:
    """The knees of all servers under the same conditions, and the words for these."""

    conditions: str
    knees: tuple[Knee, ...]


def first(findings: Findings, voice: Voice) -> Iterator[str]:
    """Yield the sentences on the first setting, which has the lowest thread limit."""
    for setting in _settings(findings, voice)[:1]:
        yield from _sentences(setting, findings, voice)


def others(findings: Findings, voice: Voice) -> Iterator[str]:
    """Yield the sentences on the settings after the first, up to a limit."""
    every = _settings(findings, voice)
    for setting in every[1:_MOST_SETTINGS]:
        yield from _sentences(setting, findings, voice)
    if (left := len(every) - _MOST_SETTINGS) > 0:
        yield f"The knees of {counted(left, 'more setting')} are in the table of knees."


def by_thread_limit(findings: Findings) -> bool:
    """Return whether the settings differ in their thread limit."""
    return len({knee.launch.thread_limit for knee in findings.knees}) > 1


def _settings(findings: Findings, voice: Voice) -> list[KneeSetting]:
    """Return the knees grouped by their conditions, the lowest thread limits first."""
    axes = run_axes(findings)
    found: dict[str, list[Knee]] = {}
    for knee in sorted(findings.knees, key=_thread_limit_first):
        if knee.low is not None or knee.high is not None:
            found.setdefault(_conditions(knee, findings, axes, voice), []).append(knee)
    return [KneeSetting(conditions, tuple(knees)) for conditions, knees in found.items()]


def _thread_limit_first(knee: Knee) -> int:
    return 0 if knee.launch.thread_limit == "default" else knee.launch.thread_limit


def _conditions(knee: Knee, findings: Findings, axes: Axes, voice: Voice) -> str:
    """Return the start of a sentence: `With a thread limit of 40 (2 workers)`."""
    launch = knee.launch
    others = axes - {"thread_limit"} | ({"workers"} if launch.workers > 1 else set())
    if launch.thread_limit != "default":
        start, inside = f"With a thread limit of {launch.thread_limit}", []
    else:
        read_back = {
            found.in_force.limiter_tokens
            for found in findings.launches
            if found.in_force is not None and found.launch.thread_limit == "default"
        }
        start = "With the thread limit left unset"
        inside = [f"it turned out to be {read_back.pop()}"] if len(read_back) == 1 else []
    if other := name_conditions(launch_conditions(launch, client=knee.client), frozenset(others), voice):
        inside.append(other)
    return f"{start} ({', '.join(inside)})" if inside else start


def _sentences(setting: KneeSetting, findings: Findings, voice: Voice) -> Iterator[str]:
    """Yield a sentence for each place of a knee under one setting: claims first, the most servers first."""
    places: dict[tuple[bool, int | None, int | None], list[Knee]] = {}
    for knee in setting.knees:
        places.setdefault((knee.claimed, knee.low, knee.high), []).append(knee)
    first, *others = sorted(places.values(), key=lambda knees: (knees[0].claimed, len(knees)), reverse=True)
    elsewhere = [server for knees in others if first[0].is_apart_from(knees[0]) for server in _servers(knees, voice)]
    servers = all_of(_servers(first, voice), findings) + (f", but not on {listed(elsewhere)}" if elsewhere else "")
    did, by_how_much = _describe_knees(first, voice)
    yield f"{setting.conditions}, {voice.code('def')} {did} on {servers}{by_how_much}."
    for knees in others:
        did, by_how_much = _describe_knees(knees, voice)
        yield f"On {listed(_servers(knees, voice))} it {did}{by_how_much}."


def _servers(knees: Iterable[Knee], voice: Voice) -> list[str]:
    return [voice.text(server) for server in dict.fromkeys(knee.launch.server for knee in knees)]


def _describe_knees(knees: Sequence[Knee], voice: Voice) -> tuple[str, str]:
    """Return the predicate of a sentence on knees in the same place, and what follows their servers."""
    waves = _waves(knees)
    return _claim(knees, waves, voice) if knees[0].claimed else _description(knees, waves, voice)


def _claim(knees: Sequence[Knee], waves: str | None, voice: Voice) -> tuple[str, str]:
    """Return where `def` fell behind `async`."""
    low, high, other = knees[0].low, knees[0].high, voice.code("async")
    if high is None:
        return f"kept up with {other} up to {at_once(low or 0)} and was not seen to fall behind", ""
    by_how_much = f", taking {_times_at(high, knees)} times as long" + (f": {waves}" if waves else "")
    if low is None:
        return f"was behind {other} at {at_once(high)}, and kept up at no lower number measured", by_how_much
    kept_up = f"kept up with {other} up to {at_once(low)}"
    if any(low < concurrency < high for knee in knees for concurrency in knee.ratios):
        return f"{kept_up} and was behind at {high} (undecided in between)", by_how_much
    return f"{kept_up} and {'fell' if high == low + 1 else 'was'} behind at {high}", by_how_much


def _description(knees: Sequence[Knee], waves: str | None, voice: Voice) -> tuple[str, str]:
    """Return how many times as long `def` took, if there are too few blocks for a claim."""
    low, high, other = knees[0].low, knees[0].high, voice.code("async")
    level = times(ratio for knee in knees for ratio in knee.ratios_up_to_low) if low is not None else None
    if high is None:
        return f"took {level} times as long as {other} up to {at_once(low or 0)}", ""
    took = f"took {_times_at(high, knees)} times as long as {other} at {at_once(high)}"
    return took + (f" ({waves})" if waves else ""), f", and {level} times as long up to {low}" if level else ""


def at_once(requests: int) -> str:
    """Return a concurrency in a sentence."""
    return counted(requests, "simultaneous request")


def up_to_knees(findings: Findings) -> list[float]:
    """Return how many times as long `def` took wherever it kept up, by the knees that are claimed."""
    return [ratio for knee in findings.knees if knee.claimed for ratio in knee.ratios_up_to_low]


def _times_at(concurrency: int, knees: Iterable[Knee]) -> str:
    return times(knee.ratios[concurrency] for knee in knees)


def _waves(knees: Sequence[Knee]) -> str | None:
    """Return how many waves `def` took at the upper end of these knees, None if that is not the same for all."""
    waves = {knee.waves for knee in knees}
    agreed = waves.pop() if len(waves) == 1 else None
    return f"{spell_number(agreed)} waves instead of one" if agreed is not None else None


def all_of(servers: Sequence[str], findings: Findings) -> str:
    """Servers in a sentence: counted where they are all that the run has, by name otherwise."""
    run = {finding.cell.launch.server for finding in findings.cells}
    everyone = len(servers) == len(run) and len(servers) > _MOST_NAMES
    return f"all {spell_number(len(servers))} servers" if everyone else listed(servers)
