"""What to choose: what each style took for one large burst, and the rule that follows from the model."""

from collections.abc import Iterator

from harness.analysis.findings import Capacity, Choice, Findings, Option
from harness.model.axes import format_delay, format_thread_limit
from harness.report.sections import verdicts
from harness.report.writing.conditions import launch_conditions, name_conditions, run_axes
from harness.report.writing.grid import in_order
from harness.report.writing.markdown import MARKDOWN, Align, Voice, bullets, code, details, fenced, jump, table
from harness.report.writing.numbers import between, listed, per_second, ratio, short_s

HEADING = "What to choose"
_CALLS = {
    "def": "may block: a thread waits for it",
    "async": "has to be awaited",
    "async-blocking": "blocks the event loop: the mistake",
    "async-to-thread": "may block a thread of asyncio's own pool",
    "async-threadpool": "may block: a thread waits for it",
}
"""What may be done in each style."""
_HOW = "How to set the thread limit, which holds in each worker process by itself"
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
_ALIGN: tuple[Align, ...] = ("left", "left", "right", "right", "right")


def section(findings: Findings) -> str | None:
    """Render what each option took and the rule that follows; None if there is nothing to choose from."""
    choice, capacity = findings.choice, findings.capacity
    opening = _options(choice, findings) if choice else [_of_a_rate(capacity, MARKDOWN)] if capacity else []
    if not opening:
        return None
    rules = [*_rules(findings)]
    return "\n\n".join([f"## {HEADING}", *opening, bullets(rules), details(_HOW, fenced(_LIFESPAN, "python"))])


def sentences(findings: Findings, voice: Voice) -> Iterator[str]:
    """Yield a sentence on what was measured, and one on the rule."""
    choice, capacity = findings.choice, findings.capacity
    measured = [option for option in _ordered(choice) if option.took_s] if choice else []
    if choice and measured:
        yield f"For {choice.concurrency} requests at once {listed([_took(option, voice) for option in measured])}."
    if capacity:
        yield _of_a_rate(capacity, voice)
    if choice or capacity:
        in_def, in_async = voice.code("def"), voice.code("async def")
        yield (
            f"By the model a call that blocks belongs in {in_def}, with a thread for each request that may be under "
            f"way at once; one that can be awaited in {in_async}, which needs none; and a call that blocks never in "
            f"{in_async}."
        )


def _of_a_rate(capacity: Capacity, voice: Voice) -> str:
    answered = between(map(per_second, capacity.answered_rps)) if capacity.answered_rps else "none"
    return (
        f"By the model {capacity.threads} threads let at most {capacity.most_rps:.0f} calls of "
        f"{format_delay(capacity.delay_s)} through a second, and {capacity.rate} a second take {capacity.needed} "
        f"threads; measured, {voice.code('def')} answered {answered} of {capacity.rate}."
    )


def _options(choice: Choice, findings: Findings) -> list[str]:
    headers = ("style", "its call", "thread limit", f"{choice.concurrency} at once took, s", "by the model, s")
    rows = [_row(option, choice) for option in _ordered(choice)]
    return [_reading(choice, findings), table(headers, rows, _ALIGN)]


def _took(option: Option, voice: Voice) -> str:
    limit = "" if option.threads is None else f" with {option.threads} threads"
    return f"{voice.code(option.style)}{limit} took {between(map(short_s, option.took_s))} s"


def _reading(choice: Choice, findings: Findings) -> str:
    axes = run_axes(findings) - {"thread_limit", "loop", "delay_s"}
    where = name_conditions(launch_conditions(choice.launch, choice.client), axes)
    call = "" if choice.launch.delay_s is None else f", each with a call of {format_delay(choice.launch.delay_s)}"
    return (
        f"{choice.concurrency} requests at once{call}{f' ({where})' if where else ''}. Measured is the time until the "
        f"last answer, over all servers. The model counts the calls alone, so that real figures lie above it; where "
        f"nothing was measured, it is all there is."
    )


def _ordered(choice: Choice) -> list[Option]:
    styles = in_order(list(dict.fromkeys(option.style for option in choice.options)))
    return sorted(choice.options, key=lambda option: (styles.index(option.style), option.threads or 0))


def _row(option: Option, choice: Choice) -> list[str]:
    return [
        code(option.style),
        _CALLS.get(option.style, ""),
        _limit(option),
        between(map(short_s, option.took_s)) if option.took_s else "not measured",
        _model(option, choice),
    ]


def _limit(option: Option) -> str:
    if option.thread_limit is None:
        return "any"
    asked = format_thread_limit(option.thread_limit)
    return f"{asked}: {option.threads}" if option.thread_limit == "default" else asked


def _model(option: Option, choice: Choice) -> str:
    """Return what the model expects, and how many calls back to back that is."""
    calls = round(option.model_s / choice.launch.delay_s) if choice.launch.delay_s else 0
    in_a_row = f" ({calls} in a row)" if calls > 1 else ""
    return f"{short_s(option.model_s)}{in_a_row}"


def _rules(findings: Findings) -> Iterator[str]:
    if choice := findings.choice:
        yield (
            "**A call that blocks**, as most database drivers do: `def`, and a thread limit of at least as many "
            "requests as come at once. Each further limit's worth of them waits for one more call."
            f"{_agreement(choice)}{_price(choice)}"
        )
    else:
        yield (
            "**A call that blocks**, as most database drivers do: `def`, and a thread limit of at least the rate times "
            "how long the call takes. What comes beyond that waits, and the wait grows as long as it comes."
        )
    yield "**A call that can be awaited**, with an async driver: `async def`, which needs no thread."
    yield "**Never a call that blocks in `async def`**: all other requests of that worker wait for it."
    if server := verdicts.ranking(findings, MARKDOWN):
        yield f"**Which server?** {server}"


def _agreement(choice: Choice) -> str:
    """Return whether `def` fell behind where the model says."""
    if choice.knees_agree is None:
        return ""
    if not choice.knees_agree:
        return f" Not every {jump('knee', 'Knees')} in this run lies where the limit puts it."
    return f" In this run no {jump('knee', 'Knees')} that is claimed contradicts that."


def _price(choice: Choice) -> str:
    """Return what a thread for each request cost, up to the knees."""
    if choice.price is None:
        return ""
    most = ratio(choice.price)
    return f" Threads are not free: with one for each request, `def` took up to {most} times as long as `async`."
