"""The sentences on what endpoints should be: which style to prefer, over which, by how much and why."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from harness.analysis.findings import Advice, Basis, Cause, Findings, Rival
from harness.analysis.statistics.verdicts import Verdict
from harness.model.executors import describe_load, executor_of
from harness.model.plan import Cell
from harness.report.sentences.agreeing import Alike, by_scenario
from harness.report.sentences.behind import all_of
from harness.report.wording import PARTS, describe_rival
from harness.report.writing.markdown import Voice
from harness.report.writing.numbers import lasting, listed, times

_MOST_CLAUSES = 3
"""More than these on one scenario are for the table: it has a line."""


def summary(findings: Findings, voice: Voice) -> str | None:
    """Return in how many scenarios each style was ahead at the highest load; None for a single scenario."""
    every = by_scenario(findings)
    if len(every) == 1:
        return None
    highest = [[one for one in alike if one.first.is_highest] for alike in every.values()]
    shown = [_agreed([one if one.first.is_settled else None for one in alike]) for alike in highest]
    if any(shown):
        ahead = sum(style is not None for style in shown)
        told = f"a style was shown to be ahead in {ahead} of {len(every)} scenarios: {_counted(shown, voice)}"
    else:
        told = f"no style was shown to be ahead in any of {len(every)} scenarios"
        if found := _counted([_agreed(alike) for alike in highest], voice):
            told += f"; the lowest median had {found}"
    return f"At the highest load, {told}."


def _agreed(every: Sequence[Alike | None]) -> str | None:
    """Return the style that is preferred on all servers, None if they differ."""
    styles = {one.first.preferred.style if one else None for one in every}
    return styles.pop() if len(styles) == 1 else None


def _counted(styles: Iterable[str | None], voice: Voice) -> str:
    """Return in how many scenarios each of these styles is, the most first."""
    counts = Counter(style for style in styles if style is not None)
    told = [f"{voice.code(style)} in {number}" for style, number in counts.most_common()]
    return listed(told) if told else ""


def lines(findings: Findings, voice: Voice) -> Iterator[str]:
    """Yield a line of advice for each scenario, its highest load first."""
    for scenario, every in by_scenario(findings).items():
        told = [
            f"{_with(one.first)}{_name_servers(one, findings, voice)}, {_advised(one, findings, voice)}"
            for one in every
        ]
        told = told[:_MOST_CLAUSES]
        more = ["elsewhere as in the table of endpoints"] if len(every) > _MOST_CLAUSES else []
        yield f"{voice.code(scenario)}: {'; '.join([*told, *more])}."


def preferred(alike: Alike, voice: Voice) -> str:
    """Return the style to prefer, and how sure that is."""
    ours, theirs = voice.code(alike.first.preferred.style), voice.code(alike.first.over.cell.style)
    if alike.first.is_settled:
        return ours
    return f"{ours} or {theirs}" if alike.first.basis is Basis.NO_DIFFERENCE else f"{ours}, by its median only"


def by_how_much(rivals: Sequence[Rival]) -> str | None:
    """Return how many times as much a style took, with its interval if there is one; None if that is not known."""
    ratios = [one.ratio for one in rivals if one.ratio is not None]
    if not ratios:
        return None
    bounds = [bound for one in rivals for bound in (one.low, one.high) if bound is not None]
    return f"{times(ratios)}{f' ({times(bounds)})' if bounds else ''}"


def verdict(rivals: Sequence[Rival], findings: Findings, voice: Voice) -> str:
    """Return the verdict on a style against the preferred one, on servers that agree."""
    one = rivals[0]
    if one.gave_up:
        return _gave_up(rivals)
    return voice.text(describe_rival(one, findings.header.plan.practical_difference))


def why(rivals: Sequence[Rival]) -> str | None:
    """Return where the median request of a style lost most time to the preferred one, with both figures.

    None where it lost none, or where the two are the same.
    """
    causes = [one.cause for one in rivals if one.cause is not None and one.verdict is not Verdict.SAME]
    if not causes:
        return None
    theirs = PARTS[causes[0].part].format(ms=_range(causes, [cause.ms for cause in causes]))
    return f"{theirs}, against {_range(causes, [cause.preferred_ms for cause in causes])}"


def reason(advice: Advice, voice: Voice) -> str | None:
    """Why a style is preferred over the other, in a sentence of its own; None where the requests do not say."""
    over = advice.over
    ours, theirs = voice.code(advice.preferred.style), voice.code(over.cell.style)
    if over.gave_up:
        return f"{_gave_up([over])} as {theirs}, and none as {ours}."
    told = why([over])
    return f"The median request of {theirs} {told} of {ours}." if told else None


def _named(cell: Cell, findings: Findings, voice: Voice) -> str:
    """Return a style, with its library if the styles of the scenario differ in that."""
    styles = (each.styles for each in findings.scenarios if each.name == cell.launch.scenario)
    using = next((style.using for style in chain.from_iterable(styles) if style.name == cell.style), None)
    return voice.code(cell.style) + (f" ({voice.text(using)})" if using else "")


def _advised(alike: Alike, findings: Findings, voice: Voice) -> str:
    ours, theirs = (_named(cell, findings, voice) for cell in (alike.first.preferred, alike.first.over.cell))
    over = alike.over
    if over[0].gave_up:
        return f"prefer {ours}: {_gave_up(over)} as {theirs}, and none as {ours}"
    return f"{_compared(alike, findings, voice)}{_in_vain(alike, voice)}"


def _in_vain(alike: Alike, voice: Voice) -> str:
    """Return the styles after the first two in which requests gave up."""
    further: dict[str, list[Rival]] = {}
    for one in alike.every:
        for rival in one.rivals[1:]:
            if rival.gave_up:
                further.setdefault(rival.cell.style, []).append(rival)
    return "".join(f"; {_gave_up(rivals)} as {voice.code(style)}" for style, rivals in further.items())


def _compared(alike: Alike, findings: Findings, voice: Voice) -> str:
    """Return how the two compare, and why if that is known."""
    ours, theirs = (_named(cell, findings, voice) for cell in (alike.first.preferred, alike.first.over.cell))
    over = alike.over
    how_much = by_how_much(over)
    if alike.first.basis is Basis.NO_DIFFERENCE:
        return f"no measurable difference between {ours} and {theirs}"
    if how_much is None:
        return f"{ours} has the lower median, and no block compares it with {theirs}"
    took = f"{theirs} took {how_much} times as long"
    if not alike.first.is_settled:
        return f"{took} as {ours} ({verdict(over, findings, voice).partition(':')[0]})"
    because = why(over)
    return f"prefer {ours}: {took}{f', its median request {because}' if because else ''}"


def name_load(advice: Advice) -> str:
    """Return the load of an advice, with its unit."""
    return describe_load(advice.preferred)


def _with(advice: Advice) -> str:
    return f"{'at' if executor_of(advice.preferred).is_open_loop else 'with'} {name_load(advice)}"


def _name_servers(alike: Alike, findings: Findings, voice: Voice) -> str:
    """Return the servers that agree, if the run has several."""
    if len({finding.cell.launch.server for finding in findings.cells}) == 1:
        return ""
    return f" on {servers(alike.over, findings, voice)}"


def servers(rivals: Iterable[Rival], findings: Findings, voice: Voice) -> str:
    """Return the servers of these cells, in a sentence."""
    return all_of(list(dict.fromkeys(voice.text(one.cell.launch.server) for one in rivals)), findings)


def _gave_up(rivals: Iterable[Rival]) -> str:
    every = list(rivals)
    return f"{sum(one.gave_up for one in every)} of {sum(one.requests for one in every)} requests gave up"


def _range(causes: Sequence[Cause], every_ms: Sequence[float]) -> str:
    low, high = min(every_ms), max(every_ms)
    return lasting(low) if len(causes) == 1 or lasting(low) == lasting(high) else f"{lasting(low)} to {lasting(high)}"
