"""Two runs side by side as Markdown that reads well in a terminal and in a pull request: the verdicts first."""

from collections.abc import Iterable, Iterator, Sequence

from harness.analysis.findings import Control
from harness.analysis.statistics.verdicts import DIFFERS, FASTER, SAME, SLOWER, UNDECIDED, Verdict
from harness.analysis.two_runs import Run, SideBySide, StyleVerdict
from harness.model.environment import Change
from harness.model.words import counted
from harness.report.readme import format_time
from harness.report.sections.repeat import NAMES
from harness.report.sections.verdicts import interval
from harness.report.two_runs import cells_beside
from harness.report.two_runs.cells_beside import each
from harness.report.wording import describe_verdict
from harness.report.writing.markdown import Align, bullets, code, table, text
from harness.report.writing.numbers import NONE, listed, percent, ratio

_LETTERS = ("A", "B")
_MOST_NAMES = 6
"""A longer list is read by nobody: what is beyond it is counted, and stands in the table."""

_SENTENCES: dict[Verdict, str] = {
    SLOWER: "B is **slower** than A on {names}.",
    FASTER: "B is **faster** than A on {names}.",
    DIFFERS: "B **differs** from A, perhaps by less than {d}, on {names}.",
    SAME: "B is the **same** as A within {d} on {names}.",
    UNDECIDED: "B against A is **undecided** on {names}.",
}
_NAMES = {
    **NAMES,
    "client_cores": "cores of the client",
    "method": "version of the method",
    "settle_s": "settle, s",
    "warmup_s": "warm-up, s",
    "duration_s": "measured time, s",
    "processes": "processes of the engine",
}
_READING = (
    "B / A says how many times as much B cost: the time until the last answer of a burst, the time per answer of a "
    "closed loop, the mean latency of an open loop; less is better."
)
_OF_VERDICTS = (
    "In each block of a run the mean over all cells of a style counts, blocks of B against blocks of A. The verdicts "
    "share the 5% that may be missed, so the more of them there are, the wider the intervals."
)
CAVEAT = (
    "Two runs on two days are context, not evidence: whatever else was different between them moved all blocks of a "
    "run alike, and an interval, which knows only the noise from block to block, cannot tell it from what you changed. "
    "The evidence is an interleaved rerun: put both variants into one matrix, each under a name of its own in "
    "`servers:`, and hold them against each other there with `compare:`, so that every block measures both."
)


def render(found: SideBySide) -> str:
    """The whole comparison: the same two runs give the same bytes."""
    parts = [
        "# B against A",
        *headline(found),
        bullets([_run(letter, run) for letter, run in zip(_LETTERS, found.runs, strict=True)]),
        *_verdicts(found),
        *_changed(found.changed),
        *cells_beside.section(found),
        "## What this is worth",
        CAVEAT,
        *_doubts(found.runs),
    ]
    return "\n\n".join(parts) + "\n"


def headline(found: SideBySide) -> Iterator[str]:
    """What is claimed of these two runs, a sentence for each verdict, and of what nothing is claimed and why."""
    if found.apart:
        facts = [
            f"{_name(change.what)} ({_value(change.before)} in A, {_value(change.now)} in B)" for change in found.apart
        ]
        yield (
            f"Figures side by side, **without ratios and without verdicts**: the runs are not known to agree in "
            f"{listed(facts)}, and such figures are never put into one ratio."
        )
        return
    by_verdict = {verdict: [one for one in found.verdicts if one.verdict == verdict] for verdict in _SENTENCES}
    claims = [
        _SENTENCES[verdict].format(names=_named(alike, found), d=percent(found.difference))
        for verdict, alike in by_verdict.items()
        if alike
    ]
    if claims:
        yield " ".join(["Of these two runs:", *claims])
    for reason in dict.fromkeys(one.reason for one in found.verdicts if one.reason is not None):
        alike = [one for one in found.verdicts if one.reason == reason]
        yield f"**Nothing is claimed** of {_named(alike, found)}: {text(reason)}."


def _named(alike: Sequence[StyleVerdict], found: SideBySide) -> str:
    """These styles of servers in a sentence, with their ratios where they are faster or slower."""
    if len(alike) == len(found.verdicts) > _MOST_NAMES and not any(map(_times, alike)):
        return "every style of every server"
    names = [f"{text(one.server)} {code(one.style)}{_times(one)}" for one in alike[:_MOST_NAMES]]
    beyond = len(alike) - len(names)
    return listed([*names, *([f"{beyond} more"] if beyond else [])])


def _times(one: StyleVerdict) -> str:
    return f" ({ratio(one.ratio)} times as long)" if one.verdict in (SLOWER, FASTER) and one.ratio is not None else ""


def _run(letter: str, run: Run) -> str:
    facts = [format_time(run.started_at), _blocks(run), _control(run.control)]
    if run.alone is not None:
        facts.append(f"{counted(run.alone.cells, 'cell')} that the other has not: {text(run.alone.names)}")
    return f"{letter}: {code(run.name)}, {'; '.join(facts)}"


def _blocks(run: Run) -> str:
    blocks = counted(run.blocks, "complete block")
    if run.compared is None:
        return blocks
    return f"{blocks}; of a run that decided itself when to stop, its first {run.compared} blocks are compared"


def _control(control: Control | None) -> str:
    if control is None or control.ratio is None:
        return "no A/A control"
    where = {True: "within the practical difference", False: "**beyond the practical difference**"}
    judged = "too few blocks to judge it" if control.within is None else where[control.within]
    return f"A/A control {ratio(control.ratio)}, {judged}"


def _verdicts(found: SideBySide) -> Iterator[str]:
    if not found.verdicts:
        return
    headers = ("server", "style", "cells", "blocks, A and B", "B / A", "interval", "verdict on these two runs")
    align: list[Align] = ["left", "left", "right", "right", "right", "right", "left"]
    rows = [
        [
            text(one.server),
            code(one.style),
            str(one.cells),
            each(one.blocks),
            NONE if one.ratio is None else ratio(one.ratio),
            interval(one.low, one.high),
            "none" if one.verdict is None else describe_verdict(one.verdict, found.difference),
        ]
        for one in found.verdicts
    ]
    yield "## Verdicts"
    yield f"{_READING} {_OF_VERDICTS}"
    yield table(headers, rows, align)
    bound = sum(one.bound for one in found.verdicts)
    if bound:
        cells = counted(bound, "cell")
        yield f"{cells} left aside as client-bound or upstream-bound: what was measured there is not the server."
    if any(one.verdict is not None and one.low is None for one in found.verdicts):
        yield "Where there is no interval, there are too few blocks for so many verdicts at once."


def _changed(changed: Sequence[Change]) -> Iterator[str]:
    yield "## What has changed"
    if not changed:
        yield "Nothing of what the journals record: machine, software, settings, and what was in force in the servers."
        return
    rows = [[_name(change.what), _value(change.before), _value(change.now)] for change in changed]
    yield table(("what", "A", "B"), rows, ("left", "left", "left"))


def _name(what: str) -> str:
    return _NAMES.get(what) or text(what)


def _value(value: object) -> str:
    if isinstance(value, list | tuple):
        return text(", ".join(map(str, value))) or "none"
    return "not known" if value is None else text(str(value))


def _doubts(runs: Iterable[Run]) -> Iterator[str]:
    lettered = list(zip(_LETTERS, runs, strict=True))
    if bare := [letter for letter, run in lettered if run.control is None or run.control.ratio is None]:
        yield f"{listed(bare)} had no A/A control: what the order or the machine does may pass for a difference."
