"""Which server? The verdicts between servers, and what each cost."""

from collections.abc import Sequence
from dataclasses import replace

from harness.analysis.findings import CellFinding, ClientCosts, Comparison, Findings, ServerCosts
from harness.analysis.statistics.estimates import BLOCKS_FOR_AN_INTERVAL
from harness.analysis.statistics.verdicts import Verdict
from harness.model.executors import format_load, load_of
from harness.model.groups import group_by
from harness.model.metrics import METRICS, TIME, Metric
from harness.report.cells import COMPARED, busiest_under_first_conditions, servers_of
from harness.report.document import Block, Line, Paragraph, Row, Section, Table, Tone, as_line, code, line, table
from harness.report.numbers import NONE, listed, percent, ratio, times, whole
from harness.report.questions.comparisons import (
    Compared,
    ask_for_more,
    comparisons_of,
    name_metric,
    render_verdicts,
    write_ratios,
)
from harness.report.questions.decision import MOST_WORDS, Decision
from harness.report.text import flatten

_QUESTION = as_line("Which server?")
_COST_HEADERS = ("server", "style", "load", "server µs/request", "memory, MB (threads)", "client µs/request (cores)")
_WORKERS_HEADERS = ("server", "workers", "load", "busiest worker / even share")
_WORKERS_READING = "How evenly workers were used at the highest load: the requests of the busiest over an even share."
_COST_READING = "CPU time per request and peak memory of all processes, at each style's highest load."


def decide(findings: Findings) -> Decision | None:
    """Return which server, by time before any other metric; None if no two were compared."""
    decided = [found for metric in METRICS.values() if (found := _decide_by(metric, findings))]
    if not decided:
        return None
    first, *others = decided
    answer = flatten(first.answer)
    for clause in (flatten(found.answer) for found in others if found.tone is Tone.GOOD):
        if len(f"{answer} {clause}".split()) <= MOST_WORDS:
            answer = f"{answer}; {clause}"
    return replace(first, answer=as_line(answer))


def _decide_by(metric: Metric, findings: Findings) -> Decision | None:
    """Return which server by one metric, None if no two have a verdict on it, or are near one."""
    compared = comparisons_of(findings, Compared.SERVERS, metric)
    judged = [each for each in compared if each.verdict is not None and each.blocks >= BLOCKS_FOR_AN_INTERVAL]
    if not judged:
        return None
    shown = [each for each in judged if each.verdict in (Verdict.FASTER, Verdict.SLOWER)]
    if shown:
        answer = _rank(shown, judged) if metric is TIME else _name_costs(shown, metric)
        return Decision(_QUESTION, as_line(answer), _write_ratios(judged), Tone.GOOD)
    by = f" {name_metric(metric)}".rstrip()
    undecided = [each for each in judged if each.verdict is not Verdict.SAME]
    if undecided:
        answer = f"Undecided{by}: {ask_for_more(undecided)}"
        return Decision(_QUESTION, as_line(answer), _write_ratios(undecided), Tone.UNSURE)
    within = percent(findings.header.plan.practical_difference)
    return Decision(_QUESTION, as_line(f"Any: they are the same within {within}{by}"), _write_ratios(judged))


def _rank(shown: Sequence[Comparison], judged: Sequence[Comparison]) -> str:
    """Return which servers are faster or slower, and which are undecided."""
    names = dict.fromkeys(
        f"{each.cell.launch.server} is {each.verdict} than {each.against.launch.server}" for each in shown
    )
    if unsure := dict.fromkeys(each.cell.launch.server for each in judged if each.verdict is Verdict.UNDECIDED):
        names[f"{' and '.join(unsure)} undecided"] = None
    return "; ".join(names)


def _name_costs(shown: Sequence[Comparison], metric: Metric) -> str:
    """Return what servers take of others: `granian takes 0.62 and hypercorn 1.90 times uvicorn's memory`."""
    pairs = group_by(shown, lambda each: (each.against.launch.server, each.cell.launch.server))
    sides: dict[str, list[str]] = {}
    for (against, server), alike in pairs.items():
        takes = "" if against in sides else "takes "
        ratios = times(each.ratio for each in alike if each.ratio is not None)
        sides.setdefault(against, []).append(f"{server} {takes}{ratios}")
    return "; ".join(f"{listed(costs)} times {against}'s {metric.label}" for against, costs in sides.items())


def _write_ratios(compared: Sequence[Comparison]) -> Line:
    """Return the ratios of each pair of servers by one metric, what their intervals span, and where if at one place."""
    places = {(each.cell.style, format_load(each.cell)) for each in compared}
    where = "".join(f" of {style} at {load}" for style, load in places) if len(places) == 1 else ""
    pairs: dict[str, list[Comparison]] = {}
    for each in compared:
        pairs.setdefault(f"{each.cell.launch.server} / {each.against.launch.server}", []).append(each)
    ratios = "; ".join(f"{names} {write_ratios(alike)}" for names, alike in pairs.items())
    return as_line(f"{METRICS[compared[0].metric].label}{where}: {ratios}")


def section(findings: Findings) -> Section | None:
    """Return the verdicts on servers and their costs, None for a run of one server without verdicts."""
    compared = comparisons_of(findings, Compared.SERVERS)
    blocks: list[Block] = [render_verdicts(compared, findings)] if compared else []
    if costs := _render_costs(findings):
        blocks += [Paragraph(as_line(_COST_READING)), costs]
    if spread := _render_workers(findings):
        blocks += [Paragraph(as_line(_WORKERS_READING)), spread]
    if not blocks:
        return None
    decision = decide(findings)
    if decision:
        finding = line("{}.", decision.answer)
    elif len(servers_of(findings.cells)) > 1:
        finding = as_line("Not ranked: this run does not compare servers.")
    else:
        finding = as_line("CPU time and memory.")
    return Section("servers", "Which server?", tuple(blocks), rank=3, finding=finding)


def _render_costs(findings: Findings) -> Table | None:
    measured = [finding for finding in findings.cells if finding.client is not None]
    compared = [finding for finding in measured if finding.cell.style in COMPARED] or measured
    cells = busiest_under_first_conditions(compared)
    return table(_COST_HEADERS, map(_row, cells), "llrrrr") if cells else None


def _render_workers(findings: Findings) -> Table | None:
    """Return how evenly the workers of each server were used, None without several workers."""
    several = [finding for finding in findings.cells if finding.unevenness is not None]
    alike = group_by(several, lambda one: (one.cell.launch.server, one.cell.launch.workers))
    rows: list[Row] = []
    for (server, workers), cells in alike.items():
        most = max(map(load_of, (finding.cell for finding in cells)))
        highest = [finding for finding in cells if load_of(finding.cell) == most]
        shares = times(finding.unevenness for finding in highest if finding.unevenness is not None)
        rows.append([server, str(workers), format_load(highest[0].cell), shares])
    return table(_WORKERS_HEADERS, rows, "lrrr") if rows else None


def _row(finding: CellFinding) -> Row:
    cell = finding.cell
    return [
        cell.launch.server,
        code(cell.style),
        format_load(cell),
        _per_request(finding.server),
        f"{whole(finding.server.peak_memory_mb)} ({finding.server.threads})" if finding.server else NONE,
        f"{_per_request(finding.client)} ({ratio(finding.client.cpu)})" if finding.client else NONE,
    ]


def _per_request(costs: ServerCosts | ClientCosts | None) -> str:
    return whole(costs.cpu_us_per_request if costs else None)
