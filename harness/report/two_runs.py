"""Render two compared runs as Markdown that reads well in a terminal and in a pull request: the verdicts first."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from harness.analysis.findings import Control
from harness.analysis.statistics.verdicts import Verdict
from harness.analysis.two_runs import CellInBoth, RunFacts, StyleInBoth, TwoRuns
from harness.model.executors import Cost, executor_of, format_load
from harness.model.journal import Change
from harness.model.words import counted
from harness.report.naming import Names
from harness.report.readme import format_time
from harness.report.sections.repeat import NAMES
from harness.report.sections.verdicts import interval, render_outcome
from harness.report.wording import describe_comparison
from harness.report.writing.busiest import folded
from harness.report.writing.conditions import group_by_conditions, varied_axes
from harness.report.writing.markdown import Align, bullets, code, table, text
from harness.report.writing.marks import BOUND, bound_note
from harness.report.writing.numbers import listed, milliseconds, per_second, ratio, seconds

_MOST_NAMES = 6
"""Nobody reads a longer list: the rest is counted, and stands in the table."""

_GRAVEST_FIRST = (Verdict.SLOWER, Verdict.FASTER, Verdict.DIFFERS, Verdict.SAME, Verdict.UNDECIDED, None)

_NAMES = {
    **NAMES,
    "client_cores": "cores of the client",
    "method": "version of the method",
    "settle_s": "settle, s",
    "warmup_s": "warm-up, s",
    "duration_s": "measured time, s",
    "processes": "processes of the engine",
}
_FIGURES: Mapping[Cost, tuple[str, Callable[[float], str]]] = {
    Cost.LAST_ANSWER: ("s", seconds),
    Cost.TIME_PER_ANSWER: ("answers/s", lambda cost_s: per_second(1 / cost_s)),
    Cost.MEAN_LATENCY: ("ms of mean latency", lambda cost_s: milliseconds(1000 * cost_s)),
}
"""How the cost of a cell is shown: its unit, and its figure from seconds."""

_READING = (
    "B / A is how many times as long B took: until the last answer of a burst, per answer of a closed loop, or as the "
    "mean latency of an open loop. A verdict is on the mean over all cells of a style in each block. Verdicts share "
    "the 5% that may be missed: the more there are, the wider the intervals."
)
CAVEAT = (
    "Two runs on two days are context, not evidence. Whatever else differed between them moved all blocks of a run "
    "alike, and an interval knows only the noise from block to block. For evidence, measure both in the same blocks: "
    "put both variants into one matrix, each with a name under `servers:`, and compare them there with `compare:`."
)


def refuse(found: TwoRuns, *, across_hosts: bool) -> str | None:
    """Return why two runs are not compared and what to do about it; None if they are."""
    if found.apart and not across_hosts:
        changes = [
            f"  {change.what} is {_plain(change.before)} in the first and {_plain(change.now)} in the second"
            for change in found.apart
        ]
        advice = (
            "measure both on one host, with one Python and one version of the harness, best as two variants in one "
            "matrix; or see their figures side by side, without ratios and verdicts: --across-hosts"
        )
        return "\n".join(["these two runs cannot be put into one ratio:", *changes, advice])
    if found.cells:
        return None
    if found.without:
        both = Names(found.runs[0].plan).name_group(found.without)
        return f"no cell gave a figure in both runs; both have {both}; `report` says what became of them"
    cells = [f"  {run.name} has {Names(run.plan).name_group(run.plan.cells)}" for run in found.runs]
    advice = (
        "a cell is the same if its server, scenario, delay, pool size, parameters, style, thread limit, workers, loop, "
        "executor, client and load are the same; compare runs of one matrix, or of parts of it"
    )
    return "\n".join(["these two runs have no cell in common, so there is nothing to compare:", *cells, advice])


def render_markdown(found: TwoRuns) -> str:
    """Return the whole comparison: the same two runs give the same bytes."""
    runs = dict(zip("AB", found.runs, strict=True))
    parts = [
        "# B against A",
        *render_headline(found),
        bullets([_describe_run(letter, run) for letter, run in runs.items()]),
        *_render_verdicts(found),
        *_render_changes(found.changed),
        *_render_cells(found),
        "## What this is worth",
        CAVEAT,
    ]
    if bare := [letter for letter, run in runs.items() if run.control is None or run.control.ratio is None]:
        parts.append(f"{listed(bare)} had no A/A control, so noise may pass for a difference.")
    return "\n\n".join(parts) + "\n"


def render_headline(found: TwoRuns) -> Iterator[str]:
    """Yield what is claimed of these two runs: a line for each verdict, the gravest first, then what is withheld."""
    if found.apart:
        facts = [
            f"{_name(change.what)} ({_value(change.before)} in A, {_value(change.now)} in B)" for change in found.apart
        ]
        yield (
            f"Figures side by side, **without ratios and without verdicts**: the runs are not known to agree in "
            f"{listed(facts)}, and such figures are never put into one ratio."
        )
        return
    groups: dict[str, list[StyleInBoth]] = {}
    for style in sorted(found.styles, key=lambda style: _GRAVEST_FIRST.index(style.comparison.verdict)):
        groups.setdefault(describe_comparison(style.comparison, found.difference), []).append(style)
    yield "B against A, in these two runs:"
    yield bullets([f"**{text(verdict)}**: {_list_styles(alike, found)}" for verdict, alike in groups.items()])


def _list_styles(alike: Sequence[StyleInBoth], found: TwoRuns) -> str:
    is_beyond = alike[0].comparison.verdict in (Verdict.SLOWER, Verdict.FASTER)
    if len(alike) == len(found.styles) > _MOST_NAMES and not is_beyond:
        return "every style of every server"
    names = []
    for comparison in [style.comparison for style in alike[:_MOST_NAMES]]:
        times = f" ({ratio(comparison.ratio)} times as long)" if is_beyond and comparison.ratio is not None else ""
        names.append(f"{text(comparison.cell.launch.server)} {code(comparison.cell.style)}{times}")
    more = len(alike) - len(names)
    return listed([*names, *([f"{more} more"] if more else [])])


def _describe_run(letter: str, run: RunFacts) -> str:
    blocks = counted(run.blocks, "complete block")
    if run.compared is not None:
        blocks += f", of which the first {run.compared} are compared: the run decided itself when to stop"
    facts = [format_time(run.started_at), blocks, _describe_control(run.control)]
    if run.alone:
        facts.append(
            f"{counted(len(run.alone), 'cell')} that the other has not: {text(Names(run.plan).name_group(run.alone))}"
        )
    return f"{letter}: {code(run.name)}, {'; '.join(facts)}"


def _describe_control(control: Control | None) -> str:
    if control is None or control.ratio is None:
        return "no A/A control"
    within = {
        True: "within the practical difference",
        False: "**beyond the practical difference**",
        None: "too few blocks to judge it",
    }
    return f"A/A control {ratio(control.ratio)}, {within[control.within]}"


def _render_verdicts(found: TwoRuns) -> Iterator[str]:
    if not found.styles:
        return
    headers = ("server", "style", "cells", "B / A", "interval", "blocks, A and B", "verdict on these two runs")
    align: tuple[Align, ...] = ("left", "left", "right", "right", "right", "right", "left")
    rows = [
        [
            text(style.comparison.cell.launch.server),
            code(style.comparison.cell.style),
            str(style.cells),
            *render_outcome(style.comparison, found.difference, _pair(style.blocks)),
        ]
        for style in found.styles
    ]
    yield "## Verdicts"
    yield _READING
    yield table(headers, rows, align)
    if bound := sum(style.bound for style in found.styles):
        yield f"{counted(bound, 'cell')} omitted as client-bound or upstream-bound: the server was not the limit there."
    if any(style.comparison.verdict and style.comparison.low is None for style in found.styles):
        yield "No interval means too few blocks for this many verdicts."


def _render_changes(changed: Sequence[Change]) -> Iterator[str]:
    yield "## What has changed"
    if not changed:
        yield "Nothing that the journals record: machine, software, settings, and what was in force in the servers."
        return
    rows = [[_name(change.what), _value(change.before), _value(change.now)] for change in changed]
    yield table(("what", "A", "B"), rows, ("left", "left", "left"))


def _name(what: str) -> str:
    return _NAMES.get(what) or text(what)


def _value(value: object) -> str:
    return (text(", ".join(map(str, value))) or "none") if isinstance(value, list | tuple) else text(_plain(value))


def _plain(value: object) -> str:
    return "not known" if value is None else str(value)


def _render_cells(found: TwoRuns) -> Iterator[str]:
    yield "## Cells"
    described = any(both.ratio is not None and both.ratio.low is not None for both in found.cells)
    yield "Medians over blocks." + (" In brackets the 95% interval of each cell alone." if described else "")
    axes = varied_axes([both.cell for both in found.cells]) | {"scenario"}
    for name, alike in group_by_conditions(found.cells, lambda both: both.cell, axes):
        yield f"### {name}"
        yield folded(_render_cell_table(alike), len(alike))
    if note := bound_note(both.bound for both in found.cells):
        yield note
    if found.without:
        names = text(Names(found.runs[0].plan).name_group(found.without))
        yield f"Without a figure in one of the runs: {counted(len(found.without), 'cell')}, {names}."


def _render_cell_table(alike: Sequence[CellInBoth]) -> str:
    executor = executor_of(alike[0].cell)
    unit, write = _FIGURES[executor.cost]
    with_ratio = alike[0].ratio is not None
    headers = ["server", "style", executor.load_label, f"A, {unit}", f"B, {unit}", "blocks, A and B"]
    headers += ["B / A"] if with_ratio else []
    align: list[Align] = ["left" if header in ("server", "style") else "right" for header in headers]
    rows = []
    for both in alike:
        figures = [write(cost_s) + (BOUND if both.bound else "") for cost_s in both.cost_s]
        cell, found = both.cell, both.ratio
        row = [text(cell.launch.server), code(cell.style), format_load(cell), *figures, _pair(both.blocks)]
        if found is not None:
            row.append(ratio(found.median) + ("" if found.low is None else f" ({interval(found.low, found.high)})"))
        rows.append(row)
    return table(headers, rows, align)


def _pair(blocks: Iterable[int]) -> str:
    return ", ".join(map(str, blocks))
