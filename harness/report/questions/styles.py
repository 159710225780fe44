"""`def` or `async def`? Where `def` falls behind, and the verdicts on styles."""

from collections.abc import Iterator, Sequence

from harness.analysis.findings import Comparison, Findings, Knee, Ratio
from harness.analysis.knees import THRESHOLD
from harness.analysis.statistics.verdicts import Verdict
from harness.model.metrics import METRICS, TIME
from harness.model.words import counted
from harness.report.cells import name_servers
from harness.report.conditions import group_by_conditions, launch_conditions, name_conditions, run_axes
from harness.report.document import Block, Line, Paragraph, Section, Subheading, Tone, as_line, code, join, line, table
from harness.report.numbers import NONE, times
from harness.report.questions.comparisons import (
    Compared,
    ask_for_more,
    comparisons_of,
    describe_alike,
    name_metric,
    render_verdicts,
    write_ratios,
)
from harness.report.questions.decision import Decision
from harness.report.wording import describe_interval, describe_placement, describe_withheld

_QUESTION = line("`def` or `async def`?")
_KNEE_HEADERS = ("servers", "thread limit", "workers", "knee", "expected above", "blocks", "placement")
_MOST_CLAUSES = 3


def headline(findings: Findings) -> Line | None:
    """Return the finding on the knee with the lowest thread limit in a sentence, None without a knee."""
    knees = _first_knees(findings)
    if not knees:
        return None
    knee = knees[0]
    where = line(", on {}{}", name_servers(_servers(knees), findings), _name_elsewhere(knees, findings))
    has_one_limit = len({each.launch.thread_limit for each in findings.knees}) == 1
    threads = line("") if has_one_limit else _describe_limit(knee, findings)
    if knee.high is None:
        return line("Up to {}{} `def` keeps up with `async def`{}.", _count_requests(knee.low), threads, where)
    slower = line("`def` takes {} times as long", _ratios_at(knee.high, knees))
    if knee.low is None:
        return line("At {}{} {}{}.", _count_requests(knee.high), threads, slower, where)
    return line(
        "Up to {}{} `def` keeps up with `async def`; at {} it takes {} times as long{}.",
        _count_requests(knee.low),
        threads,
        str(knee.high),
        _ratios_at(knee.high, knees),
        where,
    )


def decide(findings: Findings) -> Decision | None:
    """Return whether `def` or `async def`, None if the two were not compared."""
    if (knees := _first_knees(findings)) and knees[0].claimed:
        return _decide_by_knees(knees, findings)
    by_metric = (comparisons_of(findings, Compared.STYLES, metric) for metric in METRICS.values())
    compared = next(filter(None, by_metric), None)
    return _decide_by_verdicts(compared, findings) if compared else None


def section(findings: Findings) -> Section | None:
    """Return the verdicts on styles and the knees, None if there are neither."""
    compared = comparisons_of(findings, Compared.STYLES)
    blocks: list[Block] = []
    if compared:
        blocks.append(render_verdicts(compared, findings))
    if findings.knees:
        blocks += [*_explain_knee(findings.knees), *render_knees(findings)]
    if not blocks:
        return None
    decision = decide(findings)
    finding = line("{}.", decision.answer) if decision else headline(findings)
    return Section("styles", "def or async def?", tuple(blocks), rank=2, finding=finding or line("Not compared."))


def _explain_knee(knees: Sequence[Knee]) -> list[Block]:
    """Return how to read a knee, with the first that has two ends as the example."""
    first = next((knee for knee in knees if knee.low is not None and knee.high is not None), None)
    if first is None:
        return []
    reading = "{}: `def` keeps up with `async` (less than {} times as long) at {} concurrent requests, and not at {}."
    return [Paragraph(line(reading, code(write_knee(first)), f"{THRESHOLD:g}", str(first.low), str(first.high)))]


def write_knee(knee: Knee) -> str:
    """Return the knee as an interval, or a dash if it has no end."""
    return NONE if knee.low is None and knee.high is None else describe_interval(knee.low, knee.high)


def _first_knees(findings: Findings) -> list[Knee]:
    """Return the knees of all servers that agree on the commonest place, under the lowest thread limit."""
    found = [knee for knee in findings.knees if knee.low is not None or knee.high is not None]
    if not found:
        return []
    axes = run_axes(findings)

    def conditions(knee: Knee) -> str:
        return name_conditions(launch_conditions(knee.launch, knee.client), axes)

    first = min(found, key=lambda knee: 0 if knee.launch.thread_limit == "default" else knee.launch.thread_limit)
    alike: dict[tuple[bool, int | None, int | None], list[Knee]] = {}
    for knee in found:
        if conditions(knee) == conditions(first):
            alike.setdefault((knee.claimed, knee.low, knee.high), []).append(knee)
    return max(alike.values(), key=lambda knees: (knees[0].claimed, len(knees)))


def _count_requests(number: int | None) -> str:
    return counted(number or 0, "concurrent request")


def _servers(knees: Sequence[Knee]) -> list[str]:
    return [knee.launch.server for knee in knees]


def _name_elsewhere(knees: Sequence[Knee], findings: Findings) -> str:
    """Return the servers whose knee cannot be at the same place."""
    same = [each for each in findings.knees if each.launch.thread_limit == knees[0].launch.thread_limit]
    apart = [each.launch.server for each in same if knees[0].is_apart_from(each)]
    return f", but not on {name_servers(apart, findings)}" if apart else ""


def _describe_limit(knee: Knee, findings: Findings) -> Line:
    if knee.launch.thread_limit != "default":
        return line(" (thread limit {})", str(knee.launch.thread_limit))
    limit = _limit_in_force(knee, findings)
    if limit is not None and limit == knee.low:
        return line(" (the default thread limit)")
    return line(" (default thread limit{})", "" if limit is None else f": {limit}")


def _limit_in_force(knee: Knee, findings: Findings) -> int | None:
    found = (each.in_force for each in findings.launches if each.launch == knee.launch and each.in_force is not None)
    return next((in_force.limiter_tokens for in_force in found), None)


def _ratios_at(concurrency: int, knees: Sequence[Knee]) -> str:
    return times(knee.ratios[concurrency] for knee in knees)


def _decide_by_knees(knees: Sequence[Knee], findings: Findings) -> Decision:
    low, high = knees[0].low, knees[0].high
    if high is None:
        answer = line("Either, up to {}", _count_requests(low))
        return Decision(_QUESTION, answer, _measure_at(low or 0, knees, findings))
    choice = line("`async def` if awaitable, else `def` with more threads")
    beyond = f"from {high} on" if low is not None and high == low + 1 else f"at {high}"
    answer = choice if low is None else line("Either up to {}; {} {}", _count_requests(low), beyond, choice)
    return Decision(_QUESTION, answer, _measure_at(high, knees, findings))


def _measure_at(concurrency: int, knees: Sequence[Knee], findings: Findings) -> Line:
    launches = {knee.launch for knee in knees}

    def is_there(ratio: Ratio | Comparison) -> bool:
        return ratio.cell.launch in launches and ratio.cell.concurrency == concurrency

    # What was compared has the interval of its verdict: one figure must not stand with two intervals in a report.
    compared: list[Ratio | Comparison] = [*filter(is_there, comparisons_of(findings, Compared.STYLES, TIME))]
    found = compared or [*filter(is_there, findings.ratios)]
    return line("at {}, `def` took {} times as long", str(concurrency), _span(found, knees, concurrency))


def _span(found: Sequence[Ratio | Comparison], knees: Sequence[Knee], concurrency: int) -> str:
    bounds = [bound for each in found for bound in (each.low, each.high) if bound is not None]
    ratios = _ratios_at(concurrency, knees)
    return f"{ratios} ({times(bounds)})" if bounds else ratios


def _decide_by_verdicts(compared: Sequence[Comparison], findings: Findings) -> Decision:
    """Return the answer of the verdicts by one metric: a style if the other is slower, either if all are the same."""
    by = name_metric(METRICS[compared[0].metric])
    verdicts = {each.verdict for each in compared}
    slower = [each for each in compared if each.verdict is Verdict.SLOWER]
    faster = [each for each in compared if each.verdict is Verdict.FASTER]
    if slower or faster:
        winners = dict.fromkeys([*(each.against.style for each in slower), *(each.cell.style for each in faster)])
        shown = [*slower, *faster]
        answer = join([code(style) for style in winners], " or ")
        better = line("{} is {}", answer, f"better {by}" if by else "faster")
        return Decision(_QUESTION, better, join(describe_alike(shown, findings)[:1]), Tone.GOOD)
    if verdicts == {Verdict.SAME}:
        return Decision(_QUESTION, as_line(f"Either: they are the same {by}".rstrip()), _write_ratio(compared))
    undecided = as_line(f"{f'Undecided {by}'.rstrip()}: {ask_for_more(compared)}")
    return Decision(_QUESTION, undecided, _write_ratio(compared), Tone.UNSURE)


def _write_ratio(compared: Sequence[Comparison]) -> Line:
    ratios = write_ratios(compared)
    return as_line("no block has a figure of both" if ratios == NONE else f"ratio {ratios}")


def render_knees(findings: Findings) -> Iterator[Block]:
    """Yield a table of knees for each of the conditions that the run varies, under the name of these."""
    axes = run_axes(findings) - {"thread_limit", "workers"}
    grouped = group_by_conditions(findings.knees, lambda knee: launch_conditions(knee.launch, knee.client), axes)
    for name, knees in grouped:
        yield Subheading(as_line(f"Knees: {name}" if name else "Knees"))
        servers: dict[tuple[str, ...], list[str]] = {}
        for knee in knees:
            servers.setdefault(_row(knee, findings), []).append(knee.launch.server)
        rows = [(", ".join(alike), *row) for row, alike in servers.items()]
        yield table(_KNEE_HEADERS, rows, "lrrrrrl")


def _row(knee: Knee, findings: Findings) -> tuple[str, ...]:
    limit = str(knee.launch.thread_limit)
    if knee.launch.thread_limit == "default":
        in_force = _limit_in_force(knee, findings)
        limit = "default" if in_force is None else f"default: {in_force}"
    return (
        limit,
        str(knee.launch.workers),
        write_knee(knee),
        NONE if knee.expected is None else str(knee.expected),
        str(knee.blocks),
        _describe_claim(knee),
    )


def _describe_claim(knee: Knee) -> str:
    placement = describe_placement(knee)
    if knee.claimed:
        return placement
    if knee.withheld is not None:
        return f"withheld: {describe_withheld(knee.withheld)}"
    return f"{placement} (only {counted(knee.blocks, 'block')}: described, not claimed)"
