import asyncio
from dataclasses import replace
from typing import Any

from anyio.to_thread import current_default_thread_limiter

from harness.analysis.findings import Capacity, Choice, Findings, Option
from harness.report import answer
from harness.report.sections import choose
from harness.report.writing.markdown import PLAIN
from tests.builders.executors import CONSTANT_RATE
from tests.builders.findings import Run, findings

OPTIONS = (
    Option("async", None, None, (0.1123, 0.1187), 0.1),
    Option("def", 100, 100, (0.2202,), 0.2),
    Option("def", "default", 40, (), 0.5),
    Option("def", 200, 200, (), 0.1),
    Option("async-blocking", None, None, (), 20.0),
)
RULE = (
    "By the model a call that blocks belongs in def, with a thread for each request that may be under way at "
    "once; one that can be awaited in async def, which needs none; and a call that blocks never in async def."
)
HOW = """\
<details>
<summary>How to set the thread limit, which holds in each worker process by itself</summary>

```python
from contextlib import asynccontextmanager

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app):
    current_default_thread_limiter().total_tokens = 200
    yield


app = FastAPI(lifespan=lifespan)
```

</details>"""


def choosing(some: Findings, **found: Any) -> Findings:
    return replace(some, choice=Choice(some.cells[0].cell.launch, "engine", 200, OPTIONS, **found))


def test_the_options_are_a_table_with_the_rule_beneath() -> None:
    assert choose.section(choosing(findings(), knees_agree=True)) == (
        "## What to choose\n\n"
        "200 requests at once, each with a call of 100 ms. Measured is the time until the last answer, over all "
        "servers. The model counts the calls alone, so that real figures lie above it; where nothing was measured, it "
        "is all there is.\n\n"
        "| style | its call | thread limit | 200 at once took, s | by the model, s |\n"
        "| --- | --- | ---: | ---: | ---: |\n"
        "| `def` | may block: a thread waits for it | left unset: 40 | not measured | 0.50 (5 in a row) |\n"
        "| `def` | may block: a thread waits for it | 100 | 0.22 | 0.20 (2 in a row) |\n"
        "| `def` | may block: a thread waits for it | 200 | not measured | 0.10 |\n"
        "| `async` | has to be awaited | any | 0.11 to 0.12 | 0.10 |\n"
        "| `async-blocking` | blocks the event loop: the mistake | any | not measured | 20.0 (200 in a row) |\n\n"
        "- **A call that blocks**, as most database drivers do: `def`, and a thread limit of at least as many requests "
        "as come at once. Each further limit's worth of them waits for one more call. In this run no [knee](#knees) "
        "that is claimed contradicts that.\n"
        "- **A call that can be awaited**, with an async driver: `async def`, which needs no thread.\n"
        "- **Never a call that blocks in `async def`**: all other requests of that worker wait for it.\n"
        f"- **Which server?** Servers are not ranked: the matrix declares no comparison between them.\n\n{HOW}"
    )


def test_the_limit_is_set_by_what_is_told() -> None:
    told: dict[str, Any] = {}
    exec(HOW.partition("```python\n")[2].partition("```")[0], told)  # noqa: S102 - it is this project's own

    async def in_force() -> float:
        async with told["lifespan"](told["app"]):
            return current_default_thread_limiter().total_tokens

    assert asyncio.run(in_force()) == 200


def test_the_price_of_a_thread_for_each_request_is_told_where_it_is_a_difference() -> None:
    price = "Threads are not free: with one for each request, `def` took up to 1.17 times as long as `async`."
    assert price in str(choose.section(choosing(findings(), price=1.17)))
    assert "not free" not in str(choose.section(choosing(findings())))


def test_the_verdict_has_what_was_measured_of_them_and_the_rule() -> None:
    told = "For 200 requests at once def with 100 threads took 0.22 s and async took 0.11 to 0.12 s."
    assert list(choose.sentences(choosing(findings()), PLAIN)) == [told, RULE]
    assert f"{told} {RULE}" in answer.plain(choosing(findings()))


CAPACITY = Capacity(0.2, 250, 40, 200.0, 50, (193.2, 200.0))
OF_A_RATE = (
    "By the model 40 threads let at most 200 calls of 200 ms through a second, and 250 a second take 50 threads; "
    "measured, def answered 193.2 to 200.0 of 250."
)


def test_at_a_rate_the_threads_are_held_against_what_comes_in_the_time_of_a_call() -> None:
    some = replace(findings(Run(servers=("uvicorn",), executor=CONSTANT_RATE, rates=(250,))), capacity=CAPACITY)
    assert list(choose.sentences(some, PLAIN)) == [OF_A_RATE, RULE]
    assert choose.section(some) == (
        f"## What to choose\n\n{OF_A_RATE.replace('def answered', '`def` answered')}\n\n"
        "- **A call that blocks**, as most database drivers do: `def`, and a thread limit of at least the rate times "
        "how long the call takes. What comes beyond that waits, and the wait grows as long as it comes.\n"
        "- **A call that can be awaited**, with an async driver: `async def`, which needs no thread.\n"
        f"- **Never a call that blocks in `async def`**: all other requests of that worker wait for it.\n\n{HOW}"
    )


def test_a_rate_that_nothing_came_of_is_told_as_such() -> None:
    some = replace(findings(), capacity=replace(CAPACITY, answered_rps=()))
    assert "measured, def answered none of 250." in next(choose.sentences(some, PLAIN))


def test_a_knee_that_lies_elsewhere_is_told_of() -> None:
    some = choosing(findings(), knees_agree=False)
    assert "Not every [knee](#knees) in this run lies where the limit puts it." in str(choose.section(some))


def test_without_a_claimed_knee_nothing_is_said_of_knees() -> None:
    assert "[knee]" not in str(choose.section(choosing(findings(), knees_agree=None)))


def test_conditions_that_the_run_varies_are_named() -> None:
    some = choosing(findings(Run(workers=(2, 1))))
    assert "a call of 100 ms (2 workers)." in str(choose.section(some))


def test_nothing_is_concluded_where_there_is_no_choice() -> None:
    assert choose.section(findings()) is None
    assert [*choose.sentences(findings(), PLAIN)] == []
