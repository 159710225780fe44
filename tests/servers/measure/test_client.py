"""Whatever a server answers, the load process counts it as what it is, and makes figures of good answers only."""

import asyncio
import re
import socket
import time
from collections.abc import Iterator
from dataclasses import MISSING, fields, replace
from unittest.mock import ANY

import pytest
import uvloop

from harness.measure.client import engine, sessions
from harness.measure.client.answers import Answer, AnswerChecks, AnswerEvidence
from harness.measure.client.harness_pipe import HarnessPipe
from harness.measure.client.job import CloseConnections, Job, JobResult, RequestSpec, encode_message
from harness.measure.load import Clients
from harness.measure.window_result import WindowResult
from harness.model.journal import Requests
from harness.model.outcomes import RequestOutcome
from servers.adapter import HOST
from tests.builders.executors import CLOSED_LOOP, CONSTANT_RATE
from tests.commands import wait_until
from tests.servers.measure import misbehaving as server_side
from tests.servers.measure.misbehaving import (
    DELAY_NS,
    DELAY_S,
    MS_NS,
    STYLE,
    TOKEN,
    Behaviour,
    Misbehaving,
    misbehaving,
)

CLIENTS = ("engine", "aiohttp", "article")
KEEPING = ("engine", "aiohttp")
"""The clients that open their connections before the start."""

COLUMNS = [field.name for field in fields(Requests) if field.default is MISSING]
NO_ROWS = Requests(**{name: [] for name in COLUMNS})

# Above the pool limits of aiohttp and httpx, 100 both, and above what the engine opens at once.
MANY = 150

# What a cell may take beyond its deadline on the slowest of machines; one that hangs takes two minutes.
GRACE_S = 60.0

# For bad answers that come beside good ones: a busy machine may not make the good ones late.
LATE_S = 1.5


class Like(str):
    """A text that is equal to all that it matches as a pattern."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and re.fullmatch(str(self), other, re.DOTALL) is not None

    __hash__ = str.__hash__


@pytest.fixture
def server() -> Iterator[Misbehaving]:
    with misbehaving() as it:
        yield it


@pytest.fixture(params=CLIENTS)
def client(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(params=KEEPING)
def keeping(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def a_job(server: Misbehaving, path: str, client: str, concurrency: int = 1, deadline_s: float = 20.0) -> Job:
    return Job(
        port=server.port,
        requests=[RequestSpec(path, expected_style=STYLE, min_work_s=DELAY_S)],
        prime_path="/prime",
        token=TOKEN,
        client=client,
        concurrency=concurrency,
        deadline_s=deadline_s,
    )


def late(client: str, count: int) -> int:
    """How many of so many connections to a server that keeps them are opened after the start."""
    return count if client == "article" else 0


def all_bad(outcome: str, reason: str, *, late_connections: int, count: int = 3) -> WindowResult:
    """A burst without a good answer; the reason is a pattern."""
    return WindowResult(
        outcomes={outcome: count},
        reason=Like(rf"{count} of {count} requests failed, the first: {reason}"),
        duration_s=None,
        cpu_s=ANY,
        send_span_s=ANY,
        late_connections=late_connections,
        answered=0,
        requests=NO_ROWS,
        steady=None,
    )


def all_good(concurrency: int, *, late_connections: int) -> WindowResult:
    return WindowResult(
        outcomes={"ok": concurrency},
        reason=None,
        duration_s=ANY,
        cpu_s=ANY,
        send_span_s=ANY,
        late_connections=late_connections,
        answered=concurrency,
        requests=ANY,
        steady=None,
    )


def not_opened(outcomes: dict[str, int], reason: str) -> WindowResult:
    """A burst that never began; the reason is a pattern."""
    return WindowResult(
        outcomes=outcomes,
        reason=Like(reason),
        duration_s=None,
        cpu_s=0.0,
        send_span_s=0.0,
        late_connections=0,
        answered=0,
        requests=None,
        steady=None,
    )


def columns_of(seen: WindowResult) -> dict[str, list[int]]:
    assert seen.requests is not None
    return {name: getattr(seen.requests, name) for name in COLUMNS}


def lengths_of(seen: WindowResult) -> set[int]:
    return {len(column) for column in columns_of(seen).values()}


def start_between(seen: WindowResult, said: list[server_side.Evidence]) -> tuple[int, int]:
    """The bounds of the one start that all times of a result count from; there is none where they do not agree."""
    said = sorted(said, key=lambda evidence: evidence["entered_ns"])
    columns = columns_of(seen)
    pairs = [
        (evidence[f"{name}_ns"], us)
        for name in ("entered", "started", "ended")
        for evidence, us in zip(said, columns[f"{name}_us"], strict=True)
    ]
    return max(ns - us * 1000 - 999 for ns, us in pairs), min(ns - us * 1000 for ns, us in pairs)


# What a good answer is made into


def test_every_time_counts_from_the_one_start_of_the_burst(server: Misbehaving, client: str, load: Clients) -> None:
    before_ns = time.monotonic_ns()
    seen = load.run(a_job(server, "/good", client, 50))

    earliest_ns, latest_ns = start_between(seen, server.said)
    assert earliest_ns <= latest_ns
    before_ns = max([before_ns, *(arrival.arrived_ns for arrival in server.asked("/prime"))])
    assert before_ns <= latest_ns
    assert earliest_ns <= server.asked("/good")[0].arrived_ns

    assert seen == all_good(50, late_connections=late(client, 50))
    columns = columns_of(seen)
    assert {len(column) for column in columns.values()} == {50}
    assert min(columns["sent_us"]) >= 0
    assert columns["entered_us"] == sorted(columns["entered_us"])
    for names in zip(("sent_us", "ended_us"), ("entered_us", "answered_us"), strict=True):
        assert all(first <= then for first, then in zip(*(columns[name] for name in names), strict=True)), names
    assert (columns["thread"], columns["process"]) == ([0] * 50, [0] * 50)
    in_order_of_entry = sorted(server.said, key=lambda evidence: evidence["entered_ns"])
    assert columns["running"] == [evidence["running"] for evidence in in_order_of_entry]

    assert seen.duration_s is not None
    assert max(columns["answered_us"]) == round(seen.duration_s * 1e9) // 1000


def test_rows_are_in_order_of_entry_and_threads_and_processes_are_numbered_in_it(
    server: Misbehaving, client: str, load: Clients
) -> None:
    seen = load.run(a_job(server, "/in-reverse", client, 6))

    assert seen == all_good(6, late_connections=late(client, 6))
    columns = columns_of(seen)
    assert columns["entered_us"] == sorted(columns["entered_us"])
    assert columns["running"] == [5, 4, 3, 2, 1, 0]
    assert columns["thread"] == [0, 0, 1, 1, 2, 2]
    assert columns["process"] == [0, 0, 0, 1, 1, 1]
    earliest_ns, latest_ns = start_between(seen, server.said)
    assert earliest_ns <= latest_ns


def test_a_timer_that_ends_a_millisecond_early_is_no_mistake(server: Misbehaving, client: str, load: Clients) -> None:
    seen = load.run(a_job(server, "/just-slow-enough", client))

    assert seen == all_good(1, late_connections=late(client, 1))
    (started_us,), (ended_us,) = (columns_of(seen)[name] for name in ("started_us", "ended_us"))
    assert ended_us - started_us in {(DELAY_NS - MS_NS) // 1000, (DELAY_NS - MS_NS) // 1000 + 1}


def test_what_the_client_spent_is_measured(server: Misbehaving, client: str, load: Clients) -> None:
    seen = load.run(a_job(server, "/good", client, 20))

    assert seen.duration_s is not None
    assert seen.duration_s >= DELAY_S
    assert 0 < seen.send_span_s <= seen.duration_s
    assert 0 < seen.cpu_s < 5


@pytest.mark.parametrize(
    "path", ["/byte-by-byte", "/in-two-pieces", "/go-on-first", "/without-reason", "/of-old", "/good-then-hangs-up"]
)
def test_an_answer_is_good_in_whatever_way_it_comes(path: str, server: Misbehaving, client: str, load: Clients) -> None:
    assert load.run(a_job(server, path, client, 3)) == all_good(3, late_connections=late(client, 3))
    assert len(server.asked(path)) == 3


# What does not count

ABORTED_BY_AIOHTTP = {"malformed", "short_body", "long_body", "reset"}
"""aiohttp does not say which of these an answer was."""


@pytest.mark.parametrize(
    ("path", "outcome", "reason"),
    [
        ("/201", "wrong_status", "status 201: '.*'"),
        ("/204", "wrong_status", "status 204: ''"),
        ("/302", "redirected", "status 302: '.*'"),
        ("/404", "non_2xx", "status 404: '.*'"),
        ("/500", "non_2xx", "status 500: '.*'"),
        ("/503", "non_2xx", "status 503: '.*'"),
        ("/not-json", "wrong_body", "the body is not JSON: '<h1>hello</h1>'"),
        ("/not-text", "wrong_body", "the body is not JSON: '\ufffd\ufffd\ufffd'"),
        ("/empty", "wrong_body", "the body is not JSON: ''"),
        ("/half", "wrong_body", "the body is not JSON: '.*'"),
        ("/null", "wrong_body", "the body carries no evidence: 'null'"),
        ("/list", "wrong_body", r"the body carries no evidence: '\[.*"),
        ("/no-evidence", "wrong_body", "the body carries no evidence: '.*'"),
        ("/no-entered", "wrong_body", "the body carries no evidence: '.*'"),
        ("/no-started", "wrong_body", "the body carries no evidence: '.*'"),
        ("/no-ended", "wrong_body", "the body carries no evidence: '.*'"),
        ("/no-thread", "wrong_body", "the body carries no evidence: '.*'"),
        ("/no-pid", "wrong_body", "the body carries no evidence: '.*'"),
        ("/no-running", "wrong_body", "the body carries no evidence: '.*'"),
        ("/no-style", "wrong_body", "style None answered, expected 'async'"),
        ("/no-token", "wrong_body", "token None answered, expected 'a token'"),
        ("/other-style", "wrong_body", "style 'def' answered, expected 'async'"),
        ("/other-token", "wrong_body", "token 'another token' answered, expected 'a token'"),
        ("/entered-before-the-burst", "wrong_body", "the times of the answer are out of order: '.*'"),
        ("/started-before-entered", "wrong_body", "the times of the answer are out of order: '.*'"),
        ("/ended-before-started", "wrong_body", "the times of the answer are out of order: '.*'"),
        ("/times-in-words", "wrong_body", ".*'.*just now.*'"),
        ("/times-in-fractions", "wrong_body", ".*'.*'"),
        ("/thread-in-words", "wrong_body", ".*'.*main.*'"),
        ("/pid-unknown", "wrong_body", ".*'.*null.*'"),
        ("/too-fast", "too_fast", r"answered after 19\.000 ms of work, expected at least 20 ms"),
        ("/at-once", "too_fast", r"answered after 0\.000 ms of work, expected at least 20 ms"),
        ("/ended-after-the-answer", "too_fast", r"answered after 36000\d\d\.\d+ ms of work, expected at least 20 ms"),
        ("/length-in-the-trailers", "malformed", r"not HTTP: .*"),
        ("/without-length", "no_length", r"a body of \d+ bytes was not announced"),
        ("/cut-off-chunks", "short_body", r"the connection ended after \d+ bytes; chunks were announced"),
        ("/shorter-than-announced", "short_body", r"the connection .* \d+ bytes; \d+ bytes were announced"),
        ("/longer-than-announced", "long_body", "bytes arrived after the end of the answer: .*"),
        ("/garbage", "malformed", r"not HTTP: .*; b'220 smtp\.example\.org ESMTP.*'"),
        ("/garbage-in-pieces", "malformed", r"not HTTP: .*; b'220 smtp\.example\.org ESMTP.*'"),
        ("/no-http", "malformed", "not HTTP: Invalid HTTP version; .*"),
        ("/two-lengths", "malformed", "not HTTP: .*; b'HTTP/1.1 200 OK.*"),
        ("/length-in-words", "malformed", "not HTTP: .*; b'HTTP/1.1 200 OK.*"),
        ("/endless-head", "long_body", r"no end after \d+ bytes"),
        ("/resets-in-the-body", "reset", "the server reset the connection: .*"),
        ("/silent", "timeout", r"no answer within 0\.3 s"),
        ("/drips", "timeout", r"no answer within 0\.3 s"),
    ],
)
def test_an_answer_that_is_not_good_is_counted_as_what_it_is(
    path: str, outcome: str, reason: str, server: Misbehaving, client: str, load: Clients
) -> None:
    deadline_s = 0.3 if outcome == "timeout" else 20.0
    began_s = time.monotonic()
    seen = load.run(a_job(server, path, client, 3, deadline_s))
    took_s = time.monotonic() - began_s

    if client != "engine" and outcome in ABORTED_BY_AIOHTTP:
        outcome, reason = "aborted", ".*"
    assert seen == all_bad(outcome, reason, late_connections=late(client, 3))
    assert len(server.asked(path)) == 3
    assert took_s < deadline_s + GRACE_S


@pytest.mark.parametrize(
    ("path", "outcome"), [("/closes", "aborted"), ("/cut-off-head", "aborted"), ("/resets", "reset")]
)
def test_a_connection_that_ends_without_an_answer_has_none(
    path: str, outcome: str, server: Misbehaving, client: str, load: Clients
) -> None:
    seen = load.run(a_job(server, path, client, 3))

    if client == "engine":
        assert seen == all_bad(outcome, "the server (closed|reset) the connection.*", late_connections=0)
        assert len(server.asked(path)) == 3
    else:
        # aiohttp tries a second time.
        assert seen == all_bad("aborted", ".*(disconnect|dropp|reset).*", late_connections=3)
        assert len(server.asked(path)) == 6


def test_two_answers_to_one_request_are_one_too_many(server: Misbehaving, load: Clients) -> None:
    seen = load.run(a_job(server, "/twice", "engine", 3))

    assert seen == all_bad("long_body", "bytes arrived after the end of the answer: .*", late_connections=0)


def test_what_comes_after_an_answer_spoils_it_while_others_are_waited_for(load: Clients) -> None:
    with misbehaving({"/babbles-once": babbles_until_the_last(3)}) as server:
        seen = load.run(a_job(server, "/babbles-once", "engine", 3))

    assert seen.outcomes == {"long_body": 2, "ok": 1}
    assert seen.reason == Like(
        "2 of 3 requests failed, the first: bytes arrived without a request: b'and another thing'"
    )
    assert lengths_of(seen) == {1}


def babbles_until_the_last(count: int) -> Behaviour:
    """Of so many, all but the last are answered and then hear more, and only then is the last one answered."""

    async def behave(exchange: server_side.Exchange) -> None:
        await exchange.wait_for_requests(count)
        if exchange.number < count - 1:
            await server_side.babbles(exchange)
        else:
            await asyncio.sleep(0.3)
            await server_side.good(exchange)

    return behave


def test_a_body_without_end_is_given_up(server: Misbehaving, load: Clients) -> None:
    seen = load.run(a_job(server, "/endless-body", "engine"))

    assert seen == all_bad("long_body", r"no end after \d+ bytes", late_connections=0, count=1)


@pytest.mark.parametrize("client", ["aiohttp", "article"])
def test_a_body_that_aiohttp_unpacks_is_not_as_long_as_announced(
    client: str, server: Misbehaving, load: Clients
) -> None:
    seen = load.run(a_job(server, "/compressed", client, 3))

    reason = r"a body of \d+ bytes was announced as \d+"
    assert seen == all_bad("long_body", reason, late_connections=late(client, 3))


def test_a_redirect_is_not_followed(server: Misbehaving, client: str, load: Clients) -> None:
    load.run(a_job(server, "/302", client, 3))

    assert server.asked("/good") == []


@pytest.mark.parametrize("prime_path", ["/prime", "/prime-and-close"])
@pytest.mark.parametrize("client", ["aiohttp", "article"])
def test_the_answer_to_a_second_try_does_not_count(
    client: str, prime_path: str, server: Misbehaving, load: Clients
) -> None:
    seen = load.run(replace(a_job(server, "/closes-once", client), prime_path=prime_path))

    assert len(server.asked("/closes-once")) == 2, "aiohttp tries no second time any more, and this proves nothing"
    assert seen == all_bad("aborted", ".*", late_connections=1, count=1)


@pytest.mark.parametrize("client", ["aiohttp", "article"])
def test_the_answer_to_a_second_try_on_a_connection_that_was_free_does_not_count(
    client: str, server: Misbehaving, load: Clients
) -> None:
    path = "/closes-when-another-is-free"
    seen = load.run(a_job(server, path, client, 2))

    assert len(server.asked(path)) == 3
    assert seen.outcomes == {"aborted": 1, "ok": 1}
    assert seen.duration_s is None
    assert lengths_of(seen) == {1}


def test_the_engine_tries_no_second_time(server: Misbehaving, load: Clients) -> None:
    seen = load.run(a_job(server, "/closes-once", "engine"))

    assert len(server.asked("/closes-once")) == 1
    assert seen == all_bad("aborted", ".*", late_connections=0, count=1)


def test_a_server_that_dies_has_not_refused_the_request_that_it_had_taken(
    server: Misbehaving, client: str, load: Clients
) -> None:
    seen = load.run(a_job(server, "/dies", client))

    assert seen == all_bad("aborted", ".*", late_connections=0 if client == "engine" else 1, count=1)


def test_connections_that_nobody_takes_are_refused(load: Clients) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))  # and never listens
        nobody = Misbehaving(port=taken.getsockname()[1])
        article = load.run(a_job(nobody, "/good", "article", 3))
        others = [load.run(a_job(nobody, "/good", client, 3)) for client in KEEPING]

    assert article == all_bad("refused", "Cannot connect to host localhost:.*", late_connections=3)
    first = f"[Cc]annot connect to (host )?{HOST}:{nobody.port}.*"
    expected = not_opened({"refused": 3}, f"3 of 3 connections could not be opened, the first: {first}")
    assert others == [expected] * 2


def test_silence_is_a_timeout_and_the_next_job_is_served(server: Misbehaving, client: str, load: Clients) -> None:
    load.run(a_job(server, "/good", client))
    processes = load.pids(client)
    began_s = time.monotonic()
    silence = load.run(a_job(server, "/silent", client, 3, deadline_s=0.3))
    took_s = time.monotonic() - began_s
    afterwards = load.run(a_job(server, "/good", client, 3))

    assert silence == all_bad("timeout", r"no answer within 0\.3 s", late_connections=late(client, 3))
    assert 0.3 <= took_s < 0.3 + GRACE_S
    assert afterwards == all_good(3, late_connections=late(client, 3))
    assert load.pids(client) == processes


def test_every_outcome_of_a_mixed_burst_is_counted_apart_and_only_good_answers_make_rows(
    server: Misbehaving, client: str, load: Clients
) -> None:
    seen = load.run(a_job(server, "/mixed", client, 9, deadline_s=LATE_S))

    outcomes = {"aborted": 1, "non_2xx": 2, "ok": 2, "short_body": 1, "timeout": 1, "too_fast": 1, "wrong_body": 1}
    if client != "engine":
        outcomes["aborted"] += outcomes.pop("short_body")
    assert seen == WindowResult(
        outcomes=outcomes,
        reason=Like("7 of 9 requests failed, the first: .+"),
        duration_s=None,
        cpu_s=ANY,
        send_span_s=ANY,
        late_connections=ANY if client == "aiohttp" else late(client, 9),  # a second try may find a connection free
        answered=2,
        requests=ANY,
        steady=None,
    )
    assert lengths_of(seen) == {2}
    earliest_ns, latest_ns = start_between(seen, server.said)
    assert earliest_ns <= latest_ns


# The connections


def test_every_connection_is_open_and_answered_before_the_first_measured_request(
    server: Misbehaving, keeping: str, load: Clients
) -> None:
    seen = load.run(a_job(server, "/good", keeping, MANY))

    assert seen == all_good(MANY, late_connections=0)
    assert server.asked("/good")[0].open_connections == MANY
    assert len(server.opened_ns) == MANY
    for path in ("/prime", "/good"):
        assert {arrival.connection for arrival in server.asked(path)} == set(range(MANY))
    _, latest_ns = start_between(seen, server.said)
    assert max(server.opened_ns) < latest_ns


def test_article_opens_a_connection_a_request_inside_the_burst(server: Misbehaving, load: Clients) -> None:
    seen = load.run(a_job(server, "/good", "article", MANY))

    assert seen == all_good(MANY, late_connections=MANY)
    assert server.asked("/prime") == []
    assert len(server.opened_ns) == MANY
    assert {arrival.connection for arrival in server.asked("/good")} == set(range(MANY))
    earliest_ns, _ = start_between(seen, server.said)
    assert earliest_ns <= min(server.opened_ns)


@pytest.mark.parametrize("prime_path", ["/prime-and-close", "/prime-then-hangs-up", "/prime-then-resets"])
def test_connections_that_the_server_does_not_keep_are_opened_late(
    prime_path: str, server: Misbehaving, keeping: str, load: Clients
) -> None:
    job = replace(a_job(server, "/good-and-close", keeping, 5), prime_path=prime_path, settle_s=0.5)

    assert load.run(job) == all_good(5, late_connections=5)
    assert len(server.opened_ns) == 10


def test_a_connection_that_ends_at_the_moment_of_the_start_is_opened_late_or_has_failed(
    server: Misbehaving, load: Clients
) -> None:
    for prime_path in ("/prime-then-hangs-up", "/prime-then-resets"):
        job = replace(a_job(server, "/good", "engine", 5), prime_path=prime_path, settle_s=0.02)
        seen = load.run(job)

        assert seen.outcomes.keys() <= {"ok", "aborted", "reset"}
        assert sum(seen.outcomes.values()) == 5
        assert seen.late_connections <= seen.outcomes.get("ok", 0)


@pytest.mark.parametrize(
    ("prime_path", "outcomes", "reason"),
    [
        ("/prime-every-other", {"non_2xx": 2}, "2 of 4 connections could not be opened, the first: status 503"),
        ("/404", {"non_2xx": 4}, "4 of 4 connections could not be opened, the first: status 404"),
        ("/closes", {"aborted": 4}, "4 of 4 connections could not be opened, the first: .*"),
        ("/silent", {"timeout": 4}, r"4 of 4 connections could not be opened, the first: no answer within 0\.3 s"),
        ("/prime-once", {"timeout": 3}, r"3 of 4 connections could not be opened, the first: no answer within 1\.5 s"),
    ],
)
def test_a_burst_does_not_begin_before_every_connection_has_given_an_answer(
    prime_path: str, outcomes: dict[str, int], reason: str, server: Misbehaving, keeping: str, load: Clients
) -> None:
    deadline_s = 20.0 if "timeout" not in outcomes else LATE_S if prime_path == "/prime-once" else 0.3
    job = replace(a_job(server, "/good", keeping, 4, deadline_s), prime_path=prime_path)

    assert load.run(job) == not_opened(outcomes, reason)
    assert server.asked("/good") == []


@pytest.mark.parametrize("path", ["/good", "/404", "/silent", "/shorter-than-announced", "/garbage"])
def test_no_connection_is_left_once_a_server_is_done_with(
    path: str, server: Misbehaving, client: str, load: Clients
) -> None:
    load.run(a_job(server, path, client, 3, deadline_s=0.3))
    load.close_connections(server.port)

    wait_until(lambda: server.open_connections == 0)


def test_the_engine_keeps_its_connections_for_the_next_job(server: Misbehaving, load: Clients) -> None:
    small, large = (a_job(server, "/good", "engine", concurrency) for concurrency in (3, 5))
    for job, opened in ((small, 3), (small, 3), (large, 5), (small, 5)):
        assert load.run(job) == all_good(job.concurrency, late_connections=0)
        assert (server.open_connections, len(server.opened_ns)) == (opened, opened)
    load.close_connections(server.port)


def test_a_kept_connection_that_was_closed_meanwhile_is_replaced_before_the_start(
    server: Misbehaving, load: Clients
) -> None:
    job = a_job(server, "/good-then-hangs-up", "engine", 3)
    assert load.run(job) == all_good(3, late_connections=0)
    wait_until(lambda: server.open_connections == 0)
    # Nothing was opened after the start, and no request was lost.
    assert load.run(job) == all_good(3, late_connections=0)


# Load that goes on


def a_closed_loop(server: Misbehaving, path: str, client: str) -> Job:
    return replace(a_job(server, path, client, 3, deadline_s=LATE_S), executor=CLOSED_LOOP, duration_s=0.2)


def an_open_loop(server: Misbehaving, path: str) -> Job:
    """Ten requests over three connections."""
    job = a_job(server, path, "engine", 3, deadline_s=LATE_S)
    return replace(job, executor=CONSTANT_RATE, rate=50, duration_s=0.2)


def not_ok(seen: WindowResult) -> dict[str, int]:
    """The outcomes of a window in which one answer at least was not good, without those that were."""
    assert seen.duration_s is None
    assert seen.steady is not None
    assert sum(seen.steady.latency.count) == seen.outcomes.get("ok", 0)
    assert seen.reason == Like(r"\d+ of \d+ requests failed, the first: .+")
    return {outcome: count for outcome, count in seen.outcomes.items() if outcome != "ok"}


@pytest.mark.parametrize("executor", [CLOSED_LOOP, CONSTANT_RATE])
@pytest.mark.parametrize(
    ("behave", "outcome"),
    [
        pytest.param(server_side.with_status(503), "non_2xx", id="503"),
        pytest.param(server_side.raw(b"HTTP/1.1 204 No Content\r\n\r\n"), "wrong_status", id="204"),
        pytest.param(server_side.working_ns(0), "too_fast", id="at-once"),
        (server_side.not_json, "wrong_body"),
        (server_side.without_length, "no_length"),
        (server_side.garbage_in_pieces, "malformed"),
        (server_side.longer_than_announced, "long_body"),
        (server_side.twice, "long_body"),
        (server_side.shorter_than_announced, "short_body"),
        (server_side.closes, "aborted"),
        (server_side.resets, "reset"),
        (server_side.resets_in_the_body, "reset"),
        (server_side.silent, "timeout"),
        (server_side.drips, "timeout"),
    ],
)
def test_one_bad_answer_spoils_a_window(behave: Behaviour, outcome: str, executor: str, load: Clients) -> None:
    with misbehaving({"/bad-once": server_side.bad_once(1, behave)}) as server:
        is_closed = executor == CLOSED_LOOP
        job = a_closed_loop(server, "/bad-once", "engine") if is_closed else an_open_loop(server, "/bad-once")
        seen = load.run(job)

    assert not_ok(seen) == {outcome: 1}
    if not is_closed:
        assert seen.steady is not None
        assert sum(seen.outcomes.values()) + seen.steady.dropped == 10
        assert (seen.late_connections, len(server.opened_ns)) == (0, 3)


@pytest.mark.parametrize(
    ("behave", "outcome"),
    [
        (server_side.not_json, "wrong_body"),
        (server_side.closes, "aborted"),
        (server_side.silent, "timeout"),
    ],
)
def test_one_bad_answer_spoils_the_closed_loop_of_aiohttp(behave: Behaviour, outcome: str, load: Clients) -> None:
    with misbehaving({"/bad-once": server_side.bad_once(1, behave)}) as server:
        assert not_ok(load.run(a_closed_loop(server, "/bad-once", "aiohttp"))) == {outcome: 1}


def test_what_comes_unasked_is_not_the_answer_to_the_next_request(load: Clients) -> None:
    """The second of two answers arrives when the next request has just been sent, and looks as good as any."""
    with misbehaving({"/twice-once": server_side.bad_once(1, server_side.twice_in_pieces)}) as server:
        seen = load.run(replace(a_closed_loop(server, "/twice-once", "engine"), duration_s=0.5))

    assert set(not_ok(seen)) <= {"wrong_body", "long_body"}
    assert seen.reason == Like(".*(the times of the answer are out of order|bytes arrived without a request): .*")


@pytest.mark.parametrize("executor", [CLOSED_LOOP, CONSTANT_RATE])
def test_a_server_that_falls_silent_ends_the_cell_one_deadline_after_the_window(executor: str, load: Clients) -> None:
    with misbehaving({"/falls-silent": server_side.good_so_often(2, server_side.silent)}) as server:
        is_closed = executor == CLOSED_LOOP
        job = a_closed_loop(server, "/falls-silent", "engine") if is_closed else an_open_loop(server, "/falls-silent")
        began_s = time.monotonic()
        seen = load.run(job)
        took_s = time.monotonic() - began_s

    assert not_ok(seen) == {"timeout": 3}
    assert seen.reason == Like(r"3 of \d requests failed, the first: no answer within 1\.5 s")
    assert 0.2 + LATE_S <= took_s < 0.2 + LATE_S + GRACE_S
    assert seen.answered == 2
    assert seen.steady is not None
    assert seen.steady.dropped == (0 if is_closed else 10 - 2 - 3)


def test_a_closed_loop_opens_a_connection_for_each_that_the_server_does_not_keep_and_says_so(
    server: Misbehaving, keeping: str, load: Clients
) -> None:
    seen = load.run(a_closed_loop(server, "/good-and-close", keeping))

    asked = len(server.asked("/good-and-close"))
    assert asked > 3
    assert seen.reason is None
    assert seen.answered == asked
    assert seen.late_connections == asked - 3 == len(server.opened_ns) - 3


def test_an_open_loop_opens_no_connection_again(server: Misbehaving, load: Clients) -> None:
    seen = load.run(an_open_loop(server, "/good-and-close"))

    assert seen.outcomes == {"ok": 3}
    assert seen.late_connections == 0
    assert seen.steady is not None
    assert seen.steady.dropped == 10 - 3
    assert len(server.opened_ns) == 3


def test_a_request_on_a_connection_that_the_server_has_just_closed_has_failed(load: Clients) -> None:
    with misbehaving({"/hangs-up": server_side.bad_once(1, server_side.good_then_hangs_up)}) as server:
        seen = load.run(replace(a_closed_loop(server, "/hangs-up", "engine"), duration_s=0.5))

    assert not_ok(seen) in ({"aborted": 1}, {"reset": 1})
    assert seen.late_connections == 0


def test_a_server_that_dies_in_a_closed_loop_ends_it_at_once(load: Clients) -> None:
    with misbehaving({"/dies-later": server_side.good_so_often(4, server_side.dies)}) as server:
        job = replace(a_closed_loop(server, "/dies-later", "engine"), duration_s=120.0)
        began_s = time.monotonic()
        seen = load.run(job)
        took_s = time.monotonic() - began_s

    assert not_ok(seen) == {"aborted": 3}
    assert seen.answered == 4
    assert took_s < 120


# The process, and what it does when


def test_one_process_serves_many_jobs(server: Misbehaving, load: Clients) -> None:
    clients = CLIENTS * 3
    seen = [load.run(a_job(server, "/good", client, 4)) for client in CLIENTS]
    processes = [load.pids(client) for client in CLIENTS]
    seen += [load.run(a_job(server, "/good", client, 4)) for client in CLIENTS * 2]

    assert seen == [all_good(4, late_connections=late(client, 4)) for client in clients]
    assert [lengths_of(one) for one in seen] == [{4}] * 9
    assert [load.pids(client) for client in CLIENTS] == processes


class Begun(HarnessPipe):
    """Begins as soon as all is ready, and notes when all was done."""

    def __init__(self) -> None:
        self.done_ns = 0

    async def wait_for_start(self) -> int:
        return time.monotonic_ns()

    def report_done(self) -> None:
        self.done_ns = time.monotonic_ns()


def worked_on(job: Job, talk: HarnessPipe) -> JobResult:
    """The result of a job that is done in this process."""
    work = engine.handle_job if job.client == "engine" else sessions.handle_job
    with asyncio.Runner(loop_factory=uvloop.new_event_loop if job.client == "engine" else None) as runner:
        result = runner.run(work(encode_message(job), talk))
        if job.client == "engine":
            runner.run(work(encode_message(CloseConnections(job.port)), talk))
    assert result is not None
    return result


def test_nothing_is_checked_before_the_last_answer_is_there(
    server: Misbehaving, client: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked_ns: list[int] = []
    check = AnswerChecks.check

    def noted(checks: AnswerChecks, answer: Answer) -> AnswerEvidence | None:
        checked_ns.append(time.monotonic_ns())
        return check(checks, answer)

    monkeypatch.setattr(AnswerChecks, "check", noted)
    talk = Begun()
    result = worked_on(a_job(server, "/good", client, 10), talk)

    assert result.outcomes == {"ok": 10}
    assert len(checked_ns) == 10
    assert result.columns is not None
    assert max(result.columns["answered_ns"]) <= talk.done_ns <= min(checked_ns)


def test_the_first_problem_is_that_of_the_first_answer_that_is_not_good() -> None:
    seen = [
        Answer(outcome=RequestOutcome.TIMEOUT, problem="no answer within 20 s"),
        Answer(status=404, announced_length=2, body=b"no", answered_ns=1),
        Answer(outcome=RequestOutcome.REFUSED),
        Answer(outcome=RequestOutcome.REFUSED),
    ]

    def checked(answers: list[Answer]) -> AnswerChecks:
        checks = AnswerChecks(a_job(Misbehaving(port=1), "/good", "engine", 4))
        assert [checks.check(answer) for answer in answers] == [None] * 4
        return checks

    assert checked(seen).outcomes == {"non_2xx": 1, "refused": 2, "timeout": 1}
    assert checked(seen).reason == "4 of 4 requests failed, the first: no answer within 20 s"
    assert checked(seen[::-1]).reason == "4 of 4 requests failed, the first: refused"
