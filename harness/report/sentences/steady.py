"""The sentences of the answer on steady load: what a closed loop answered, and which rates were kept up with.

What was answered is a figure. That a rate was kept up with is a claim (analysis/validity.py); without one, the sentence
is on what was answered of the highest rate. A client-bound cell says nothing of its server and is left out.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from harness.analysis.findings import CellFinding, Findings, KeepsUp
from harness.model.executors import executor_of, load_of
from harness.model.flags import BOUNDS
from harness.model.outcomes import Status
from harness.model.words import counted
from harness.report.sentences.behind import all_of
from harness.report.writing.conditions import group_by_conditions, name_conditions, run_axes
from harness.report.writing.grid import COMPARED, in_order
from harness.report.writing.markdown import Voice
from harness.report.writing.numbers import between, listed, per_second, short_ms

_MOST_SETTINGS = 3
"""More settings than these are for the tables: a sentence has to be read."""


def sentences(findings: Findings, voice: Voice) -> Iterator[str]:
    """Yield a sentence for each setting of steady load."""
    steady = [finding for finding in findings.cells if executor_of(finding.cell).has_window]
    ranked = [finding for finding in steady if not finding.bound]
    answered = [finding for finding in ranked if not executor_of(finding.cell).is_open_loop and finding.blocks]
    asked = [finding for finding in ranked if executor_of(finding.cell).is_open_loop and _was_tried(finding)]
    told = [
        *(_answered(where, cells, findings, voice) for where, cells in _settings(answered, findings, voice)),
        *(_kept_up_with(where, cells, findings, voice) for where, cells in _settings(asked, findings, voice)),
    ]
    yield from told[:_MOST_SETTINGS]
    if others := told[_MOST_SETTINGS:]:
        yield f"The figures of {counted(len(others), 'more setting')} are in the tables."


def left_out(findings: Findings) -> str | None:
    """Return how many cells of steady load are left out because the client or the upstream was at its limit."""
    bound = [finding.bound for finding in findings.cells if executor_of(finding.cell).has_window and finding.bound]
    if not bound:
        return None
    flags = [flag for flag in BOUNDS if flag in bound]
    whose = " or the ".join(flag.removesuffix("-bound") for flag in flags)
    return f"Left out here: {counted(len(bound), 'cell')} where the {whose} was at its limit ({listed(flags)})."


def at_the_highest_rate(findings: Findings, voice: Voice) -> str | None:
    """Return how long the median request took at the highest rate, by style; None without an open loop."""
    loops = [
        finding
        for finding in findings.cells
        if executor_of(finding.cell).is_open_loop and finding.latency is not None and not finding.bound
    ]
    if not loops:
        return None
    most = max(load_of(finding.cell) for finding in loops)
    highest = [finding for finding in loops if load_of(finding.cell) == most]
    told = [
        f"{between(short_ms(one.latency.p50_ms) for one in highest if one.cell.style == style and one.latency)} ms as "
        f"{voice.code(style)}"
        for style in _styles(highest)
    ]
    return f"At {most} a second the median request took {listed(told)}, counted from when it was due."


def _was_tried(finding: CellFinding) -> bool:
    """Return whether a rate was tried, even if every block failed."""
    return bool(finding.blocks) or finding.status in {Status.FAILED, Status.TIMEOUT}


def _settings(
    cells: Sequence[CellFinding], findings: Findings, voice: Voice
) -> Iterator[tuple[str, list[CellFinding]]]:
    """Yield the cells under the same conditions, with these conditions in brackets."""
    axes = run_axes(findings)
    for _, alike in group_by_conditions(cells, lambda finding: finding.cell, axes):
        where = name_conditions(alike[0].cell, axes, voice)
        yield (f" ({where})" if where else ""), alike


def _answered(where: str, cells: Sequence[CellFinding], findings: Findings, voice: Voice) -> str:
    """Return how much was answered at the highest concurrency, by the compared styles if there are any."""
    most = max(finding.cell.concurrency for finding in cells)
    highest = [finding for finding in cells if finding.cell.concurrency == most]
    compared = [finding for finding in highest if finding.cell.style in COMPARED] or highest
    on = {style: _servers([one for one in compared if one.cell.style == style], voice) for style in _styles(compared)}
    first, *others = on
    rates = {
        first: f"{voice.code(first)} answered {_between(compared, first)} a second",
        **{style: f"{voice.code(style)} {_between(compared, style)}" for style in others},
    }
    if all(servers == on[first] for servers in on.values()):
        told = f"{listed(list(rates.values()))}, on {all_of(on[first], findings)}"
    else:
        # A range over other servers than those beside it would be read as a difference of the styles.
        told = listed([f"{rate} on {all_of(on[style], findings)}" for style, rate in rates.items()])
    return f"With {most} requests always in flight{where}, {told}."


def _servers(cells: Iterable[CellFinding], voice: Voice) -> list[str]:
    return [voice.text(server) for server in _by_server(cells)]


def _between(cells: Sequence[CellFinding], style: str) -> str:
    return between(
        per_second(finding.rps) for finding in cells if finding.cell.style == style and finding.rps is not None
    )


def _kept_up_with(where: str, cells: Sequence[CellFinding], findings: Findings, voice: Voice) -> str:
    """Return the rates each style kept up with, or what it answered if nothing may be claimed."""
    claimed = all(finding.keeps_up is not None for finding in cells)
    told = [
        f"{voice.code(style)} {_claims(alike, findings, voice) if claimed else _answers(alike, findings, voice)}"
        for style in _styles(cells)
        if (alike := [finding for finding in cells if finding.cell.style == style])
    ]
    return f"When requests came at a rate of their own{where}, {'; '.join(told)}."


def _claims(cells: Sequence[CellFinding], findings: Findings, voice: Voice) -> str:
    servers: dict[str, list[str]] = {}
    for server, found in _by_server(cells).items():
        servers.setdefault(_limits(found), []).append(voice.text(server))
    return ", ".join(f"{limits} on {all_of(alike, findings)}" for limits, alike in servers.items())


def _answers(cells: Sequence[CellFinding], findings: Findings, voice: Voice) -> str:
    """Return how much was answered of the highest rate."""
    most = max(load_of(finding.cell) for finding in cells)
    rps = {finding.cell.launch.server: finding.rps for finding in cells if load_of(finding.cell) == most}
    answered = [figure for figure in rps.values() if figure is not None]
    if not answered:
        return f"gave no figure at {most} a second"
    servers = all_of([voice.text(server) for server, figure in rps.items() if figure is not None], findings)
    return f"answered {between(map(per_second, answered))} of {most} a second on {servers}"


def _limits(cells: Sequence[CellFinding]) -> str:
    """Return which rates a style kept up with on a server: `kept up with 200 a second and not with 400`."""
    ordered = sorted(cells, key=lambda finding: load_of(finding.cell))
    kept = list(takewhile(lambda finding: finding.keeps_up is KeepsUp.YES, ordered))
    undecided = list(takewhile(lambda finding: finding.keeps_up is KeepsUp.UNDECIDED, ordered[len(kept) :]))
    failed = ordered[len(kept) + len(undecided) :]
    told = f"kept up with {kept[-1].cell.rate} a second" if kept else "was not seen to keep up"
    if undecided:
        told += f" (undecided at {listed([str(finding.cell.rate) for finding in undecided])})"
    if failed and kept:
        return f"{told} and not with {failed[0].cell.rate}"
    if failed:
        return f"did not keep up with {failed[0].cell.rate} a second"
    return told if undecided else f"{told} (the most that was tried)"


def _styles(cells: Iterable[CellFinding]) -> list[str]:
    return in_order(list(dict.fromkeys(finding.cell.style for finding in cells)))


def _by_server(cells: Iterable[CellFinding]) -> dict[str, list[CellFinding]]:
    servers: dict[str, list[CellFinding]] = {}
    for finding in cells:
        servers.setdefault(finding.cell.launch.server, []).append(finding)
    return servers
