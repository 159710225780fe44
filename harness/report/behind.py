"""The first sentences of the answer: where `def` falls behind `async`, on which servers, and by how much."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.analysis.findings import Findings, Knee
from harness.report.conditions import Axes, named, of_launch, varied
from harness.report.markdown import Voice
from harness.report.numbers import counted, listed, word
from harness.report.pairs import Pair, on, pairs, times

_MOST_NAMES = 2
"""More servers than these are counted where all are meant."""


@dataclass(frozen=True, slots=True)
class Setting:
    """The knees of all servers under the same conditions, and the words for these."""

    conditions: str
    knees: tuple[Knee, ...]


def settings(findings: Findings, voice: Voice) -> list[Setting]:
    """The knees that were found, those under the same conditions together, the lowest thread limits first."""
    axes = varied([finding.cell for finding in findings.cells])
    found: dict[str, list[Knee]] = {}
    for knee in sorted(findings.knees, key=_thread_limit_first):
        if knee.low is not None or knee.high is not None:
            found.setdefault(_conditions(knee, findings, axes, voice), []).append(knee)
    return [Setting(conditions, tuple(knees)) for conditions, knees in found.items()]


def _thread_limit_first(knee: Knee) -> int:
    return 0 if knee.launch.thread_limit == "default" else knee.launch.thread_limit


def _conditions(knee: Knee, findings: Findings, axes: Axes, voice: Voice) -> str:
    """The start of a sentence: `With a thread limit of 40 (2 workers)`."""
    launch = knee.launch
    others = axes - {"thread limit"} | ({"workers"} if launch.workers > 1 else set())
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
    if other := named(of_launch(launch, client=knee.client), frozenset(others), voice):
        inside.append(other)
    return f"{start} ({', '.join(inside)})" if inside else start


def sentences(setting: Setting, findings: Findings, voice: Voice) -> Iterator[str]:
    """Where `def` fell behind under one setting, and by how much: a sentence a place, the most servers first."""
    places: dict[tuple[int | None, int | None], list[Knee]] = {}
    for knee in setting.knees:
        places.setdefault((knee.low, knee.high), []).append(knee)
    among = pairs(findings.cells)
    first, *others = sorted(places.values(), key=len, reverse=True)
    elsewhere = [server for knees in others if _apart(first[0], knees[0]) for server in _servers(knees, voice)]
    servers = all_of(_servers(first, voice), findings) + (f", but not on {listed(elsewhere)}" if elsewhere else "")
    yield (
        f"{setting.conditions}, {voice.code('def')} {_place(first, among, voice)} on {servers}"
        f"{_by_how_much(first, among)}."
    )
    for knees in others:
        yield f"On {listed(_servers(knees, voice))} it {_place(knees, among, voice)}{_by_how_much(knees, among)}."


def _apart(one: Knee, other: Knee) -> bool:
    """Whether two knees cannot be at the same number of requests; one interval may merely be wider than the other."""
    return _above(one, other) or _above(other, one)


def _above(one: Knee, other: Knee) -> bool:
    return one.low is not None and other.high is not None and one.low >= other.high


def _servers(knees: Iterable[Knee], voice: Voice) -> list[str]:
    return [voice.text(server) for server in dict.fromkeys(knee.launch.server for knee in knees)]


def _place(knees: Sequence[Knee], among: Sequence[Pair], voice: Voice) -> str:
    """Where `def` fell behind `async`, the same place for all these knees, as the predicate of a sentence."""
    low, high = knees[0].low, knees[0].high
    other = voice.code("async")
    if high is None:
        return f"kept up with {other} up to {at_once(low or 0)} and was not seen to fall behind"
    if low is None:
        return f"was behind {other} at {at_once(high)}, and kept up at no lower number measured"
    between_them = any(low < pair.in_def.cell.concurrency < high for knee in knees for pair in on(knee, among))
    if between_them:
        return f"kept up with {other} up to {at_once(low)} and was behind at {high} (undecided in between)"
    fell = "fell behind" if high == low + 1 else "was behind"
    return f"kept up with {other} up to {at_once(low)} and {fell} at {high}"


def at_once(requests: int) -> str:
    """A concurrency in a sentence."""
    return counted(requests, "simultaneous request")


def _by_how_much(knees: Sequence[Knee], among: Sequence[Pair]) -> str:
    """How many times as long `def` took where it had fallen behind, and how many waves that makes."""
    behind = [pair for knee in knees for pair in on(knee, among) if pair.in_def.cell.concurrency == knee.high]
    if not behind:
        return ""
    waves = {round(pair.waves) for pair in behind if pair.waves is not None}
    as_modelled = len(waves) == 1 and all(round(pair.ratio) in waves for pair in behind)
    why = f": {word(waves.pop())} waves instead of one" if as_modelled and waves != {1} else ""
    return f", taking {times(behind)} times as long{why}"


def all_of(servers: Sequence[str], findings: Findings) -> str:
    """Servers in a sentence: counted where they are all that the run has, by name otherwise."""
    run = {finding.cell.launch.server for finding in findings.cells}
    everyone = len(servers) == len(run) and len(servers) > _MOST_NAMES
    return f"all {word(len(servers))} servers" if everyone else listed(servers)
