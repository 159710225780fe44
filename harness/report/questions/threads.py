"""How many threads? What the thread limit does to `def`, and how to set it."""

from collections.abc import Iterable, Iterator

from harness.analysis.findings import Capacity, CellFinding, Choice, Findings, Option
from harness.model.axes import format_delay
from harness.report.cells import order_styles
from harness.report.conditions import launch_conditions, name_conditions, run_axes
from harness.report.document import (
    Block,
    Code,
    Details,
    Line,
    Paragraph,
    Row,
    Section,
    as_line,
    code,
    join,
    line,
    table,
)
from harness.report.numbers import between, per_second, ratio, short_ms, short_s, times
from harness.report.questions.decision import Decision

_QUESTION = as_line("How many threads?")
_CALLS = {
    "def": "may block: a thread waits for it",
    "async": "must be awaited",
    "async-blocking": "blocks the event loop: the mistake",
    "async-to-thread": "may block a thread of asyncio's own pool",
    "async-threadpool": "may block: a thread waits for it",
}
"""What may be done in each style."""

_LIFESPAN = """\
from contextlib import asynccontextmanager

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app):
    current_default_thread_limiter().total_tokens = 200
    yield


app = FastAPI(lifespan=lifespan)
"""


def decide(findings: Findings) -> Decision | None:
    """Return how many threads, None if no thread limit was exceeded or the model knows none."""
    if findings.capacity:
        return _decide_by_rate(findings.capacity)
    waiting = _describe_waiting(findings)
    if waiting is None:
        return None
    return Decision(_QUESTION, line("At least one per concurrent blocking call"), waiting)


def section(findings: Findings) -> Section | None:
    """Return the options for one large burst, how to set the limit, and how the staircase fits; None without any."""
    choice, decision = findings.choice, decide(findings)
    blocks: list[Block] = [*_render_options(choice, findings)] if choice else []
    if decision or blocks:
        how = line("How to set the thread limit (per worker process)")
        blocks.append(Details(how, (Code(_LIFESPAN, "python"),)))
    blocks += _describe_fit(findings)
    if not blocks:
        return None
    finding = line("{}.", decision.answer) if decision else line("The model of the thread pool.")
    return Section("threads", "How many threads?", tuple(blocks), rank=3, finding=finding)


def describe_options(choice: Choice) -> Line:
    """Return how long a large burst took in each style that was measured."""
    took = [option for option in _ordered(choice) if option.took_s]
    options = [
        line("{}{} {} s", code(one.style), _count_threads(one), between(map(short_s, one.took_s))) for one in took
    ]
    return line("{} requests: {}", str(choice.concurrency), join(options, ", "))


def _count_threads(option: Option) -> str:
    return "" if option.threads is None else f" ({option.threads} threads)"


def _decide_by_rate(capacity: Capacity) -> Decision:
    answer = line("Rate x call time: {}/s needs {}", str(capacity.rate), str(capacity.needed))
    answered = between(map(per_second, capacity.answered_rps)) if capacity.answered_rps else "none"
    threads = str(capacity.threads)
    return Decision(_QUESTION, answer, line("{} threads answered {} of {}/s", threads, answered, str(capacity.rate)))


def _describe_waiting(findings: Findings) -> Line | None:
    """Return how long `def` requests waited for a thread, in the first scenario and delay that shows it."""
    alike: dict[tuple[str, float | None], list[CellFinding]] = {}
    for finding in findings.cells:
        # Only a model says what waiting there is for a thread: without one it may be for anything.
        if finding.cell.style == "def" and finding.model_s is not None and finding.waits_for_limit:
            launch = finding.cell.launch
            alike.setdefault((launch.scenario, launch.delay_s), []).append(finding)
    waits = (_describe_wait(cells, findings) for cells in alike.values())
    return next((wait for wait in waits if wait is not None), None)


def _describe_wait(cells: Iterable[CellFinding], findings: Findings) -> Line | None:
    """Return how long half the requests of these cells waited, at the most requests beyond the fewest threads."""
    beyond = [
        (threads, finding.cell, finding.split.wait)
        for finding in cells
        if finding.split is not None
        and finding.split.wait is not None
        and (threads := finding.threads)
        # With fewer requests, less than half of them wait for a thread, and the median does not show it.
        and finding.cell.concurrency >= 2 * threads
    ]
    if not beyond:
        return None
    fewest = min(threads for threads, *_ in beyond)
    most = max((cell for threads, cell, _ in beyond if threads == fewest), key=lambda cell: cell.concurrency)
    waits = [wait for threads, cell, wait in beyond if (threads, cell.concurrency) == (fewest, most.concurrency)]
    where = name_conditions(most, run_axes(findings) & {"scenario", "delay_s"})
    return line(
        "{} `def` requests on {} threads{}: the median request waited {} ms for a thread",
        str(most.concurrency),
        str(fewest),
        f" ({where})" if where else "",
        between(short_ms(wait.p50_ms) for wait in waits),
    )


def _render_options(choice: Choice, findings: Findings) -> Iterator[Block]:
    axes = run_axes(findings) - {"thread_limit", "loop", "delay_s"}
    where = name_conditions(launch_conditions(choice.launch, choice.client), axes)
    call = "" if choice.launch.delay_s is None else f", each with a call of {format_delay(choice.launch.delay_s)}"
    yield Paragraph(
        line(
            "{} concurrent requests{}{}: seconds until the last answer, over all servers, and what the model expects "
            "of the calls alone.",
            str(choice.concurrency),
            call,
            f" ({where})" if where else "",
        )
    )
    rows: list[Row] = [
        [
            code(option.style),
            _CALLS.get(option.style, ""),
            _write_limit(option),
            between(map(short_s, option.took_s)) if option.took_s else "not measured",
            short_s(option.model_s),
        ]
        for option in _ordered(choice)
    ]
    yield table(("style", "its call", "thread limit", "measured, s", "model, s"), rows, "llrrr")
    if choice.price is not None:
        yield Paragraph(
            line(
                "Threads are not free: with one for each request, `def` took up to {} times as long as `async`.",
                ratio(choice.price),
            )
        )


def _ordered(choice: Choice) -> list[Option]:
    styles = order_styles(option.style for option in choice.options)
    return sorted(choice.options, key=lambda option: (styles.index(option.style), option.threads or 0))


def _write_limit(option: Option) -> str:
    if option.thread_limit is None:
        return "any"
    asked = str(option.thread_limit)
    return f"{asked}: {option.threads}" if option.thread_limit == "default" else asked


def _describe_fit(findings: Findings) -> list[Block]:
    """Return how much better a staircase fits the bursts of `def` than a line; results.json has each fit."""
    ratios = [knee.steps.ratio for knee in findings.knees if knee.steps is not None]
    if not ratios:
        return []
    return [
        Paragraph(
            line(
                "For the bursts of `def`, a line is {} times as far off as a staircase, a step per batch of threads.",
                times(ratios),
            )
        )
    ]
