"""The comparison of two runs as a document that reads well in a terminal and in a pull request: the verdicts first."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from harness.analysis.findings import Control
from harness.analysis.statistics.verdicts import Verdict
from harness.analysis.two_runs import CellInBoth, RunFacts, StyleInBoth, TwoRuns
from harness.model.executors import Cost, executor_of, format_load
from harness.model.journal import Change
from harness.model.words import counted
from harness.report.cells import BOUND, explain_bound
from harness.report.conditions import group_by_conditions, varied_axes
from harness.report.document import (
    Block,
    Bullets,
    Details,
    Document,
    Line,
    Paragraph,
    Row,
    Section,
    Subheading,
    TableCell,
    as_line,
    code,
    enumerate_words,
    line,
    strong,
    table,
)
from harness.report.markdown import render_markdown
from harness.report.naming import Names
from harness.report.numbers import NONE, milliseconds, per_second, ratio, seconds
from harness.report.questions.comparisons import TONES, write_interval
from harness.report.questions.repeat import FACT_NAMES
from harness.report.report import format_time
from harness.report.wording import describe_comparison

_MOST_ROWS = 24
"""A longer table is folded away."""

_MOST_NAMES = 6
"""A longer list is counted, and the table has it."""

_GRAVEST_FIRST = (Verdict.SLOWER, Verdict.FASTER, Verdict.DIFFERS, Verdict.SAME, Verdict.UNDECIDED, None)

_NAMES = {
    **FACT_NAMES,
    "client_cores": "cores of the client",
    "method": "version of the method",
    "settle_s": "settle, s",
    "warmup_s": "warm-up, s",
    "duration_s": "measured time, s",
    "processes": "processes of the engine",
}
_FIGURES: Mapping[Cost, tuple[str, Callable[[float], str]]] = {
    Cost.LAST_ANSWER: ("s", seconds),
    Cost.TIME_PER_ANSWER: ("requests/s", lambda cost_s: per_second(1 / cost_s)),
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


def render_comparison(found: TwoRuns) -> str:
    """Return the whole comparison as Markdown: the same two runs give the same bytes."""
    return render_markdown(build_comparison_report(found), is_alone=True)


def build_comparison_report(found: TwoRuns) -> Document:
    """Return the comparison of two runs as a document."""
    runs = dict(zip("AB", found.runs, strict=True))
    worth = [CAVEAT]
    if bare := [letter for letter, run in runs.items() if run.control is None or run.control.ratio is None]:
        worth.append(f"{' and '.join(bare)} had no A/A control, so noise may pass for a difference.")
    opening = (*render_headline(found), Bullets(tuple(_describe_run(letter, run) for letter, run in runs.items())))
    return Document(
        "B against A",
        (
            Section("answer", None, opening, rank=1),
            *([Section("verdicts", "Verdicts", tuple(_render_verdicts(found)), rank=1)] if found.styles else []),
            Section("changed", "What has changed", (_render_changes(found.changed),), rank=1),
            Section("cells", "Cells", tuple(_render_cells(found)), rank=2),
            Section("worth", "What this is worth", tuple(Paragraph(line(each)) for each in worth), rank=1),
        ),
    )


def render_headline(found: TwoRuns) -> Iterator[Block]:
    """Yield what is claimed of these two runs: a line for each verdict, the gravest first, then what is withheld."""
    if found.apart:
        facts = [
            line("{} ({} in A, {} in B)", _name(change.what), _value(change.before), _value(change.now))
            for change in found.apart
        ]
        yield Paragraph(
            line(
                "Figures side by side, {}: the runs are not known to agree in {}, and such figures are never put into "
                "one ratio.",
                strong("without ratios and without verdicts"),
                enumerate_words(facts),
            )
        )
        return
    groups: dict[str, list[StyleInBoth]] = {}
    for style in sorted(found.styles, key=lambda style: _GRAVEST_FIRST.index(style.comparison.verdict)):
        groups.setdefault(describe_comparison(style.comparison, found.difference), []).append(style)
    yield Paragraph(line("B against A, in these two runs:"))
    yield Bullets(
        tuple(line("{}: {}", strong(verdict), _list_styles(alike, found)) for verdict, alike in groups.items())
    )


def _list_styles(alike: Sequence[StyleInBoth], found: TwoRuns) -> Line:
    is_beyond = alike[0].comparison.verdict in (Verdict.SLOWER, Verdict.FASTER)
    if len(alike) == len(found.styles) > _MOST_NAMES and not is_beyond:
        return line("every style of every server")
    names = []
    for comparison in [style.comparison for style in alike[:_MOST_NAMES]]:
        times = f" ({ratio(comparison.ratio)} times as long)" if is_beyond and comparison.ratio is not None else ""
        names.append(line("{} {}{}", comparison.cell.launch.server, code(comparison.cell.style), times))
    more = len(alike) - len(names)
    return enumerate_words([*names, *([f"{more} more"] if more else [])])


def _describe_run(letter: str, run: RunFacts) -> Line:
    blocks = counted(run.blocks, "complete block")
    if run.compared is not None:
        blocks += f", of which the first {run.compared} are compared: the run decided itself when to stop"
    facts = [format_time(run.started_at), blocks, _describe_control(run.control)]
    if run.alone:
        names = Names(run.plan).name_group(run.alone)
        facts.append(f"{counted(len(run.alone), 'cell')} that the other has not: {names}")
    return line("{}: {}, {}", letter, code(run.name), "; ".join(facts))


def _describe_control(control: Control | None) -> str:
    if control is None or control.ratio is None:
        return "no A/A control"
    within = {
        True: "within the practical difference",
        False: "beyond the practical difference",
        None: "too few blocks to judge it",
    }
    return f"A/A control {ratio(control.ratio)}, {within[control.within]}"


def _render_verdicts(found: TwoRuns) -> Iterator[Block]:
    headers = ("server", "style", "cells", "B / A", "interval", "blocks, A and B", "verdict on these two runs")
    rows: list[Row] = [
        [
            style.comparison.cell.launch.server,
            code(style.comparison.cell.style),
            str(style.cells),
            NONE if style.comparison.ratio is None else ratio(style.comparison.ratio),
            write_interval(style.comparison.low, style.comparison.high),
            _pair(style.blocks),
            TableCell(
                as_line(describe_comparison(style.comparison, found.difference)), TONES[style.comparison.verdict]
            ),
        ]
        for style in found.styles
    ]
    yield Paragraph(as_line(_READING))
    yield table(headers, rows, "llrrrrl")
    if bound := sum(style.bound for style in found.styles):
        omitted = (
            f"{counted(bound, 'cell')} omitted as client-bound or upstream-bound: the server was not the limit there."
        )
        yield Paragraph(as_line(omitted))
    if any(style.comparison.verdict and style.comparison.low is None for style in found.styles):
        yield Paragraph(line("No interval means too few blocks for this many verdicts."))


def _render_changes(changed: Sequence[Change]) -> Block:
    if not changed:
        return Paragraph(line("Nothing that the journals record: machine, software, settings and settings in force."))
    rows: list[Row] = [[_name(change.what), _value(change.before), _value(change.now)] for change in changed]
    return table(("what", "A", "B"), rows, "lll")


def _name(what: str) -> str:
    return _NAMES.get(what) or what


def _value(value: object) -> str:
    return (", ".join(map(str, value)) or "none") if isinstance(value, list | tuple) else _plain(value)


def _plain(value: object) -> str:
    return "not known" if value is None else str(value)


def _render_cells(found: TwoRuns) -> Iterator[Block]:
    described = any(both.ratio is not None and both.ratio.low is not None for both in found.cells)
    intervals = " In brackets the 95% interval of each cell alone." if described else ""
    yield Paragraph(as_line(f"Medians over blocks.{intervals}"))
    axes = varied_axes([both.cell for both in found.cells]) | {"scenario"}
    for name, alike in group_by_conditions(found.cells, lambda both: both.cell, axes):
        cells = _render_cell_table(alike)
        yield Subheading(as_line(name))
        yield cells if len(alike) <= _MOST_ROWS else Details(as_line(f"All {len(alike)} cells"), (cells,))
    if note := explain_bound(both.bound for both in found.cells):
        yield Paragraph(as_line(note))
    if found.without:
        names = Names(found.runs[0].plan).name_group(found.without)
        count = counted(len(found.without), "cell")
        yield Paragraph(as_line(f"Without a figure in one of the runs: {count}, {names}."))


def _render_cell_table(alike: Sequence[CellInBoth]) -> Block:
    executor = executor_of(alike[0].cell)
    unit, write = _FIGURES[executor.cost]
    with_ratio = alike[0].ratio is not None
    headers = ["server", "style", executor.load_label, f"A, {unit}", f"B, {unit}", "blocks, A and B"]
    rows: list[list[str | Line]] = []
    for both in alike:
        figures = [write(cost_s) + (BOUND if both.bound else "") for cost_s in both.cost_s]
        cell, found = both.cell, both.ratio
        row: list[str | Line] = [cell.launch.server, as_line(code(cell.style)), format_load(cell), *figures]
        row.append(_pair(both.blocks))
        if found is not None:
            interval = "" if found.low is None else f" ({write_interval(found.low, found.high)})"
            row.append(ratio(found.median) + interval)
        rows.append(row)
    return table([*headers, *(["B / A"] if with_ratio else [])], rows, "llrrrr" + "r" * with_ratio)


def _pair(blocks: Iterable[int]) -> str:
    return ", ".join(map(str, blocks))
