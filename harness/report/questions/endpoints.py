"""What should my endpoints be? For each scenario the style to prefer, over which, by how much and why."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from harness.analysis.findings import Advice, Basis, Findings, Rival
from harness.analysis.statistics.estimates import MAY_MISS
from harness.analysis.statistics.verdicts import Verdict
from harness.model.executors import describe_load, load_of
from harness.report.cells import name_servers
from harness.report.conditions import Axes, launch_conditions, name_conditions, run_axes, varied_axes
from harness.report.document import (
    Block,
    Line,
    Paragraph,
    Section,
    Table,
    TableCell,
    Tone,
    as_line,
    code,
    enumerate_words,
    line,
    table,
)
from harness.report.numbers import NONE, lasting, percent, times
from harness.report.questions.decision import Decision
from harness.report.questions.threads import describe_options
from harness.report.wording import PARTS, describe_rival

_QUESTION = as_line("What should my endpoints be?")
_HEADERS = ("scenario", "load", "prefer", "over", "slowdown", "why the other is slower")
_RULE = line("Blocking calls in `def`; awaitable ones in `async def`; never blocking in `async def`")


@dataclass(frozen=True, slots=True)
class AgreedAdvice:
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


def agree_by_scenario(findings: Findings) -> dict[str, list[AgreedAdvice]]:
    """Return the advice for each scenario, highest load first, servers that agree together."""
    scenarios: dict[str, dict[tuple[object, ...], list[Advice]]] = {}
    for one in sorted(findings.advice, key=lambda one: not one.is_highest):
        alike = scenarios.setdefault(one.preferred.launch.scenario, {})
        alike.setdefault(_agreement(one), []).append(one)
    order = dict.fromkeys(one.preferred.launch.scenario for one in findings.advice)
    return {name: [AgreedAdvice(tuple(each)) for each in scenarios[name].values()] for name in order}


def leads(findings: Findings) -> bool:
    """Return whether the advice leads the report: several scenarios, or no `def` against `async`."""
    scenarios = {one.preferred.launch.scenario for one in findings.advice}
    return len(scenarios) > 1 or (bool(scenarios) and not findings.ratios)


def headline(findings: Findings) -> Line | None:
    """Return in how many scenarios each style is ahead at the highest load; None unless the advice leads."""
    if not leads(findings):
        return None
    highest = [one for agreed in agree_by_scenario(findings).values() if (one := _agreed_at_highest(agreed))]
    total = len({one.preferred.launch.scenario for one in findings.advice})
    if total == 1:
        (first, *_) = highest or next(iter(agree_by_scenario(findings).values()))
        return line("{}: {}.", first.first.preferred.launch.scenario, _describe(first))
    counts = Counter(one.first.preferred.style for one in highest if one.first.is_settled)
    if not counts:
        return as_line(f"At the highest load no style is shown to be ahead in any of {total} scenarios.")
    (style, most), *others = counts.most_common()
    ahead = [line("{} in {}", code(style), str(most))]
    if others:
        ahead.append(as_line(f"other styles in {counts.total() - most}"))
    return line(
        "At the highest load one style is ahead in {} of {} scenarios: {}.",
        str(counts.total()),
        str(total),
        enumerate_words(ahead),
    )


def decide(findings: Findings) -> Decision | None:
    """Return the rule that follows from the model, with figures; None where there is nothing to choose from."""
    if findings.choice and any(option.took_s for option in findings.choice.options) and not leads(findings):
        return Decision(_QUESTION, _RULE, describe_options(findings.choice))
    if not leads(findings):
        return None
    count = len({one.preferred.launch.scenario for one in findings.advice})
    settled = sum(one.is_settled for one in findings.advice)
    measured = f"shown in {settled} of {len(findings.advice)} rows"
    if count == 1:
        return Decision(_QUESTION, _describe(next(iter(agree_by_scenario(findings).values()))[0]), as_line(measured))
    return Decision(_QUESTION, as_line("Depends on the work: see the table"), as_line(measured))


def overview(findings: Findings) -> Table | None:
    """Return a row for each scenario at its highest load; None unless the advice leads."""
    if not leads(findings):
        return None
    highest = [one for agreed in agree_by_scenario(findings).values() for one in agreed if one.first.is_highest]
    return _render([(one, one.over) for one in highest], findings)


def section(findings: Findings) -> Section | None:
    """Return a row for each scenario at its lowest load; None unless the advice leads.

    The first screen has the highest load, and results.json has all rivals.
    """
    if not leads(findings):
        return None
    every = [agreed for of_scenario in agree_by_scenario(findings).values() for agreed in of_scenario]
    rows = [(agreed, agreed.over) for agreed in every if not agreed.first.is_highest]
    within = percent(findings.header.plan.practical_difference)
    reading = (
        "Prefer: the fastest style in which no request gave up. Over: the fastest style of the other kind, `def` or "
        "`async def`. Slowdown: the time of *over* divided by that of *prefer*, with its interval. Each row holds with "
        f"{percent(1 - MAY_MISS)} confidence; within {within} counts as the same.{_where(findings)}"
    )
    finding = headline(findings) or line("{}.", _describe(next(iter(agree_by_scenario(findings).values()))[0]))
    blocks: tuple[Block, ...] = (Paragraph(line(reading.replace("*", ""))), _render(rows, findings))
    return Section("endpoints", "What should my endpoints be?", blocks, rank=3, finding=finding)


def _agreement(advice: Advice) -> tuple[object, ...]:
    cell, over = advice.preferred, advice.over
    if over.verdict is Verdict.SAME and not over.gave_up:
        # Which of two is called the other's equal is no disagreement.
        return load_of(cell), *sorted((cell.style, over.cell.style)), Verdict.SAME
    settled = over.verdict, over.low is None, over.withheld, bool(over.gave_up)
    part = over.cause.part if over.cause else None
    return load_of(cell), cell.style, over.cell.style, *settled, part


def _agreed_at_highest(every: Sequence[AgreedAdvice]) -> AgreedAdvice | None:
    """Return the advice at the highest load, None if servers differ in the style."""
    highest = [one for one in every if one.first.is_highest]
    return highest[0] if len({one.first.preferred.style for one in highest}) == 1 else None


def _describe(agreed: AgreedAdvice) -> Line:
    """Return which style to prefer over which, and by how much."""
    advice = agreed.first
    ours, theirs = code(advice.preferred.style), code(advice.over.cell.style)
    slowdown = write_slowdown(agreed.over) or "an unknown factor"
    if advice.over.gave_up:
        return line("prefer {}: requests of {} gave up", ours, theirs)
    if advice.basis is Basis.NO_DIFFERENCE:
        return line("either: {} and {} take the same time", ours, theirs)
    if advice.is_settled:
        return line("prefer {}: {} takes {} times as long", ours, theirs, slowdown)
    return line("undecided: {} takes {} times as long as {}", theirs, slowdown, ours)


def _render(rows: Sequence[tuple[AgreedAdvice, Sequence[Rival]]], findings: Findings) -> Table:
    axes = run_axes(findings) - {"scenario", "loop", "executor"}
    axes &= varied_axes([one.preferred for one in findings.advice])
    return table(_HEADERS, [_row(agreed, rivals, findings, axes) for agreed, rivals in rows], "lrllrl")


def _row(agreed: AgreedAdvice, rivals: Sequence[Rival], findings: Findings, axes: Axes) -> list[str | Line | TableCell]:
    advice, rival = agreed.first, rivals[0]
    ours, theirs = code(advice.preferred.style), code(rival.cell.style)
    if advice.is_settled:
        preferred, over = TableCell(as_line(ours), Tone.GOOD), as_line(theirs)
    else:
        either = "either" if advice.basis is Basis.NO_DIFFERENCE else "no clear winner"
        preferred, over = TableCell(as_line(either), Tone.PLAIN), line("{} / {}", theirs, ours)
    return [
        _name_scenario(advice, rivals, findings, axes),
        str(load_of(advice.preferred)) if advice.preferred.rate is None else describe_load(advice.preferred),
        preferred,
        over,
        write_slowdown(rivals) or NONE,
        explain_rivals(rivals, findings),
    ]


def _name_scenario(advice: Advice, rivals: Sequence[Rival], findings: Findings, axes: Axes) -> str:
    """Return the scenario with its servers, unless all are meant, and with the conditions that vary."""
    launch = advice.preferred.launch
    where: list[str] = []
    if {one.cell.launch.server for one in rivals} != {one.preferred.launch.server for one in findings.advice}:
        where.append(name_servers((one.cell.launch.server for one in rivals), findings))
    if conditions := name_conditions(launch_conditions(launch, advice.preferred.client), axes):
        where.append(conditions)
    return f"{launch.scenario} ({', '.join(where)})" if where else launch.scenario


def write_slowdown(rivals: Sequence[Rival]) -> str | None:
    """Return the ratios of these rivals and what their intervals span, None if there is none."""
    ratios = [one.ratio for one in rivals if one.ratio is not None]
    if not ratios:
        return None
    bounds = [bound for one in rivals for bound in (one.low, one.high) if bound is not None]
    return f"{times(ratios)}{f' ({times(bounds)})' if bounds else ''}"


def explain_rivals(rivals: Sequence[Rival], findings: Findings) -> str:
    """Return why the other style is slower, or why nothing is shown."""
    rival = rivals[0]
    if rival.gave_up:
        return f"{sum(one.gave_up for one in rivals)} of {sum(one.requests for one in rivals)} requests gave up"
    verdict = describe_rival(rival, findings.header.plan.practical_difference)
    causes = [one.cause for one in rivals if one.cause is not None]
    if rival.verdict is not Verdict.SLOWER or not causes:
        return verdict
    theirs = PARTS[causes[0].part].format(ms=_span([cause.ms for cause in causes]))
    return f"{theirs}, not {_span([cause.preferred_ms for cause in causes])}"


def _span(every_ms: Sequence[float]) -> str:
    low, high = lasting(min(every_ms)), lasting(max(every_ms))
    return low if low == high else f"{low} to {high}"


def _where(findings: Findings) -> str:
    """Return the server and the conditions that all advice shares, of those that the run varies."""
    chosen = [one.preferred for one in findings.advice]
    servers = list(dict.fromkeys(cell.launch.server for cell in chosen))
    shared = run_axes(findings) - {"scenario", "loop", "executor"} - varied_axes(chosen)
    words = [f"on {name_servers(servers, findings)}"] if len(servers) == 1 else []
    if conditions := name_conditions(chosen[0], shared):
        words.append(f"with {conditions}")
    return f" Compared {', '.join(words)}." if words else ""
