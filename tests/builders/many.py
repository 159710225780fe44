"""A run of many scenarios, as a journal: each with styles, loads, request classes and answers of its own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

from harness.model.apps import OwnApp, OwnEndpoint
from harness.model.journal import Record, Window
from harness.model.outcomes import RequestOutcome
from harness.model.plan import Cell, Launch, Plan
from tests.builders.journals import cell, dice, good, plan, run

APP = "shop"
"""The scenario of these that is an app of the user's."""


@dataclass(frozen=True)
class Work:
    """A scenario: what its styles take in seconds with one request, and with many, and what else there is to it.

    `gave_up` says of a style how many of its many requests gave up, `slow` which style has requests of two classes.
    """

    styles: Mapping[str, tuple[float, float]]
    delay_s: float | None = 0.1
    pool_size: int | None = None
    parameters: tuple[tuple[str, float], ...] = ()
    gave_up: Mapping[str, int] = field(default_factory=dict)
    of_classes: str | None = None


WORKS = {
    "sleep": Work({"def": (0.102, 0.309), "async": (0.101, 0.106), "async-blocking": (0.101, 12.1)}),
    "noop": Work({"def": (0.0012, 0.019), "async": (0.0006, 0.011)}, delay_s=None),
    "cpu": Work(
        {"def": (0.0201, 2.43), "async": (0.0200, 2.42), "def-released": (0.0202, 1.27)},
        delay_s=None,
        parameters=(("rounds", 20_000), ("buffer_mb", 8)),
    ),
    "upstream": Work(
        {
            "def": (0.106, 0.324),
            "async": (0.103, 0.118),
            "async-httpx": (0.105, 0.149),
            "async-blocking": (0.105, 12.6),
        }
    ),
    "pool-deadlock": Work(
        {"def": (0.105, 30.2), "def-inside": (0.104, 2.44), "def-max-concurrency": (0.104, 2.45)},
        pool_size=5,
        gave_up={"def": 17},
    ),
    "mixed": Work({"mixed": (0.104, 0.412), "all-async": (0.103, 0.109)}, of_classes="mixed"),
    APP: Work({"sync": (0.021, 0.088), "async": (0.0211, 0.0875)}, delay_s=None),
}
LOADS = (1, 120)


def many(servers: Sequence[str] = ("uvicorn",), blocks: int = 8, works: Mapping[str, Work] = WORKS) -> Iterator[Record]:
    """The journal of a run of these scenarios on these servers."""
    some = plan_of(servers, blocks, works)
    return run(some, lambda block, launch, place: _sample(some.cells[place], works, block, launch, place))


def plan_of(servers: Sequence[str], blocks: int, works: Mapping[str, Work]) -> Plan:
    cells = [
        cell(style, at_once, _launch(scenario, server, work))
        for (scenario, work), server in product(works.items(), servers)
        for style, at_once in product(work.styles, LOADS)
    ]
    endpoints = {"sync": OwnEndpoint("GET", "/items/sync"), "async": OwnEndpoint("POST", "/items?key=$TOKEN")}
    apps = {APP: OwnApp("shop.main:app", "../shop", (), endpoints)} if APP in works else {}
    return plan(*cells, blocks=blocks, title="Real work", apps=apps)


def _launch(scenario: str, server: str, work: Work) -> Launch:
    return Launch(scenario, server, 40, 1, "uvloop", work.delay_s, work.pool_size, work.parameters)


def _sample(cell: Cell, works: Mapping[str, Work], block: int, launch: int, place: int) -> Window:
    """What a cell took in a block: a per cent more or less, its time spent waiting where many take longer than one."""
    work = works[cell.launch.scenario]
    one_s, many_s = work.styles[cell.style]
    took_s = (one_s if cell.concurrency == 1 else many_s) * dice(1_000 * place + block).uniform(0.99, 1.01)
    sample = good(block, launch, place, took_s, process=(0,) * cell.concurrency)
    assert sample.requests is not None
    ended = [round(1e6 * took_s) - 400] * cell.concurrency
    # Nobody sees the handlers of an app of the user's: they are taken to start when their request enters.
    started = [500 if cell.launch.scenario == APP else max(600, end - round(1e6 * one_s)) for end in ended]
    requests = replace(sample.requests, entered_us=[500] * cell.concurrency, started_us=started, ended_us=ended)
    if work.of_classes == cell.style and cell.concurrency > 1:
        requests = replace(
            requests,
            classes=["fast", "slow"],
            of_class=[int(number % 10 == 9) for number in range(cell.concurrency)],
            answered_us=[us if number % 10 == 9 else us // 10 for number, us in enumerate(requests.answered_us)],
        )
    gave_up = work.gave_up.get(cell.style, 0) if cell.concurrency > 1 else 0
    if not gave_up:
        return replace(sample, requests=requests)
    flags = [int(number < gave_up) for number in range(cell.concurrency)]
    outcomes = {"ok": cell.concurrency - gave_up, RequestOutcome.GAVE_UP: gave_up}
    return replace(sample, requests=replace(requests, gave_up=flags), outcomes=outcomes)
