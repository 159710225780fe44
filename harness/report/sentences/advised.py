"""The sentences on what endpoints should be: which style to prefer, over which, by how much and why.

Servers that agree in all of that are told of together.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.analysis.findings import Advice, Cause, Findings, Part, Rival
from harness.analysis.statistics.verdicts import DIFFERS, FASTER, SAME, SLOWER, Verdict
from harness.model.plan import BURST
from harness.model.words import load
from harness.report.sentences.behind import all_of
from harness.report.writing.markdown import Voice
from harness.report.writing.numbers import lasting, listed, percent, times

PROVEN = (SLOWER, DIFFERS)
"""The verdicts on another style that show the preferred one ahead of it."""

_MOST_CLAUSES = 3
"""More than these on one scenario are for the table: it has a line."""

_PARTS: dict[Part, str] = {
    "waiting": "waited {ms} for a thread or the loop",
    "working": "worked for {ms}",
    "in the application": "was in the application for {ms}",
    "outside": "spent {ms} in server and wire",
}
"""What became of the median request of a style, by the part of its time that grew most."""


@dataclass(frozen=True, slots=True)
class Alike:
    """The advice for one scenario and load in which these servers agree."""

    every: tuple[Advice, ...]

    @property
    def first(self) -> Advice:
        """One that stands for all of them."""
        return self.every[0]

    @property
    def over(self) -> tuple[Rival, ...]:
        """The style that is second to the preferred one, as each server has it."""
        return tuple(one.over for one in self.every)


def by_scenario(findings: Findings) -> dict[str, list[Alike]]:
    """The advice for each scenario, that for its highest load first; servers that agree together."""
    scenarios: dict[str, dict[tuple[object, ...], list[Advice]]] = {}
    for one in sorted(findings.advice, key=lambda one: not one.is_highest):
        alike = scenarios.setdefault(one.preferred.launch.scenario, {})
        alike.setdefault(_agreement(one), []).append(one)
    order = dict.fromkeys(one.preferred.launch.scenario for one in findings.advice)
    return {scenario: [Alike(tuple(each)) for each in scenarios[scenario].values()] for scenario in order}


def _agreement(advice: Advice) -> tuple[object, ...]:
    cell, over = advice.preferred, advice.over
    if over.verdict == SAME and not over.gave_up:
        # Which of two is called the other's equal is no disagreement.
        return cell.asked, *sorted((cell.style, over.cell.style)), SAME
    settled = over.verdict, over.low is None, over.reason, bool(over.gave_up)
    part = over.cause.part if over.cause else None
    return cell.asked, cell.style, over.cell.style, *settled, part


def leads(findings: Findings) -> bool:
    """Whether the run is told of by what endpoints should be: it has several scenarios, or no `def` beside `async`."""
    scenarios = {one.preferred.launch.scenario for one in findings.advice}
    return len(scenarios) > 1 or (bool(scenarios) and not findings.ratios)


def summary(findings: Findings, voice: Voice) -> str | None:
    """In how many scenarios which style was ahead at the highest load; None where there is but one."""
    every = by_scenario(findings)
    if len(every) == 1:
        return None
    ahead: dict[str, int] = {}
    for alike in every.values():
        highest = [one for one in alike if one.first.is_highest]
        styles = {one.first.preferred.style if _is_settled(one) else "" for one in highest}
        name = styles.pop() if len(styles) == 1 else ""
        ahead[name] = ahead.get(name, 0) + 1
    ahead.pop("", None)
    told = [f"{voice.code(style)} in {number}" for style, number in sorted(ahead.items(), key=lambda one: -one[1])]
    where = f"{sum(ahead.values()) or 'none'} of {len(every)} scenarios"
    return f"At the highest load, a style was shown to be ahead in {where}{f': {listed(told)}' if told else ''}."


def lines(findings: Findings, voice: Voice) -> Iterator[str]:
    """The advice for each scenario on a line, its highest load first."""
    for scenario, every in by_scenario(findings).items():
        told = [f"{_with(one.first)}{_on(one, findings, voice)}, {_advised(one, voice)}" for one in every]
        told = told[:_MOST_CLAUSES]
        more = ["elsewhere as in the table of endpoints"] if len(every) > _MOST_CLAUSES else []
        yield f"{voice.code(scenario)}: {'; '.join([*told, *more])}."


def preferred(alike: Alike, voice: Voice) -> str:
    """The style to prefer, as far as it is shown to be ahead."""
    ours, theirs = voice.code(alike.first.preferred.style), voice.code(alike.first.over.cell.style)
    if _is_settled(alike):
        return ours
    return f"{ours} or {theirs}" if _verdict(alike) == SAME else f"{ours}, by its median only"


def by_how_much(rivals: Sequence[Rival]) -> str | None:
    """How many times as much a style took, with the interval of it where there is one; None where nothing is known."""
    ratios = [one.ratio for one in rivals if one.ratio is not None]
    if not ratios:
        return None
    bounds = [bound for one in rivals for bound in (one.low, one.high) if bound is not None]
    return f"{times(ratios)}{f' ({times(bounds)})' if bounds else ''}"


def verdict(rivals: Sequence[Rival], findings: Findings, voice: Voice) -> str:
    """What may be said of a style against the preferred one, on servers that agree in it."""
    one = rivals[0]
    if one.gave_up:
        return _gave_up(rivals)
    if one.reason is not None:
        return f"withheld: {voice.text(one.reason.partition(':')[0])}"
    if one.low is None:
        return "not proven: too few blocks"
    within = percent(findings.header.plan.practical_difference)
    known: dict[Verdict | None, str] = {
        FASTER: "faster",
        SLOWER: "slower",
        DIFFERS: f"slower, perhaps by less than {within}",
        SAME: "no measurable difference",
    }
    return known.get(one.verdict, "undecided")


def why(rivals: Sequence[Rival]) -> str | None:
    """Where the median request of a style lost most of its time against the preferred one, with both figures.

    None where it lost none, or where the two are the same.
    """
    causes = [one.cause for one in rivals if one.cause is not None and one.verdict != SAME]
    if not causes:
        return None
    theirs = _PARTS[causes[0].part].format(ms=_range(causes, [cause.ms for cause in causes]))
    return f"{theirs}, against {_range(causes, [cause.preferred_ms for cause in causes])}"


def reason(advice: Advice, voice: Voice) -> str | None:
    """Why a style is preferred over the other, in a sentence of its own; None where the requests do not say."""
    over = advice.over
    ours, theirs = voice.code(advice.preferred.style), voice.code(over.cell.style)
    if over.gave_up:
        return f"{_gave_up([over])} as {theirs}, and none as {ours}."
    told = why([over])
    return f"The median request of {theirs} {told} of {ours}." if told else None


def _advised(alike: Alike, voice: Voice) -> str:
    ours, theirs = voice.code(alike.first.preferred.style), voice.code(alike.first.over.cell.style)
    over = alike.over
    if over[0].gave_up:
        return f"prefer {ours}: {_gave_up(over)} as {theirs}, and none as {ours}"
    return f"{_compared(alike, ours, theirs)}{_in_vain(alike, voice)}"


def _in_vain(alike: Alike, voice: Voice) -> str:
    """In which styles after the second requests gave up."""
    further: dict[str, list[Rival]] = {}
    for one in alike.every:
        for rival in one.rivals[1:]:
            if rival.gave_up:
                further.setdefault(rival.cell.style, []).append(rival)
    return "".join(f"; {_gave_up(rivals)} as {voice.code(style)}" for style, rivals in further.items())


def _compared(alike: Alike, ours: str, theirs: str) -> str:
    over = alike.over
    how_much = by_how_much(over)
    if _verdict(alike) == SAME:
        return f"no measurable difference between {ours} and {theirs}"
    took = f"{theirs} took {how_much} times as long"
    if not _is_settled(alike):
        return f"{ours} by its median only, which proves nothing: {took}"
    because = why(over)
    return f"prefer {ours}: {took}{f', its median request {because}' if because else ''}"


def _verdict(alike: Alike) -> str | None:
    return alike.first.over.verdict


def _is_settled(alike: Alike) -> bool:
    """Whether the preferred style is shown to be ahead of the second."""
    return bool(alike.first.over.gave_up) or _verdict(alike) in PROVEN


def at(advice: Advice) -> str:
    """The load of an advice, with its unit."""
    cell = advice.preferred
    return f"{load(cell)}{'' if cell.rate is not None else ' at once' if cell.executor == BURST else ' in flight'}"


def _with(advice: Advice) -> str:
    return f"{'with' if advice.preferred.rate is None else 'at'} {at(advice)}"


def _on(alike: Alike, findings: Findings, voice: Voice) -> str:
    """The servers that agree, where the run has several."""
    if len({finding.cell.launch.server for finding in findings.cells}) == 1:
        return ""
    return f" on {servers(alike.over, findings, voice)}"


def servers(rivals: Iterable[Rival], findings: Findings, voice: Voice) -> str:
    """The servers of these cells, in a sentence."""
    return all_of(list(dict.fromkeys(voice.text(one.cell.launch.server) for one in rivals)), findings)


def _gave_up(rivals: Iterable[Rival]) -> str:
    every = list(rivals)
    return f"{sum(one.gave_up for one in every)} of {sum(one.requests for one in every)} requests gave up"


def _range(causes: Sequence[Cause], every_ms: Sequence[float]) -> str:
    low, high = min(every_ms), max(every_ms)
    return lasting(low) if len(causes) == 1 or lasting(low) == lasting(high) else f"{lasting(low)} to {lasting(high)}"
