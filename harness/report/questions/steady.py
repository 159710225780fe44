"""What does the server answer under steady load? The sentence for closed and open loops."""

from harness.analysis.findings import CellFinding, Findings
from harness.model.executors import executor_of, load_of
from harness.model.flags import Flag
from harness.report.cells import COMPARED, at_highest_concurrency, name_servers, servers_of, styles_of
from harness.report.conditions import group_by_conditions, run_axes
from harness.report.document import Line, code, enumerate_words, line
from harness.report.numbers import between, per_second
from harness.report.text import flatten


def headline(findings: Findings) -> Line | None:
    """Return how much each compared style answered at the highest load; None without steady load."""
    steady = [each for each in findings.cells if executor_of(each.cell).has_window and each.blocks and _is_sound(each)]
    if not steady:
        return None
    _, first = group_by_conditions(steady, lambda finding: finding.cell, run_axes(findings))[0]
    cells = [each for each in first if each.cell.style in COMPARED] or first
    if executor_of(cells[0].cell).is_open_loop:
        most = max(load_of(each.cell) for each in cells)
        highest, load = [each for each in cells if load_of(each.cell) == most], f"At {most} requests/s"
    else:
        highest = at_highest_concurrency(cells)
        load = f"At {highest[0].cell.concurrency} connections"
    answers = [
        _describe_rate([each for each in highest if each.cell.style == style], style) for style in styles_of(highest)
    ]
    has_range = any(" to " in flatten(answer) for answer in answers)
    where = ", depending on the server" if has_range else f", on {name_servers(servers_of(highest), findings)}"
    return line("{}, {}{}.", load, enumerate_words(answers), where)


def _is_sound(finding: CellFinding) -> bool:
    """Return whether the server was measured rather than the client, by figures that do not contradict each other."""
    return not finding.bound and Flag.LITTLES_LAW not in finding.flags


def _describe_rate(cells: list[CellFinding], style: str) -> Line:
    rates = between(per_second(each.rps) for each in cells if each.rps is not None)
    return line("{} answers {} requests/s", code(style), rates)
