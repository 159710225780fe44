"""Whatever a server answers, the load process counts it as what it is, and makes figures of good answers only."""

import asyncio
import re
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from unittest.mock import ANY

import pytest

from harness.measure.client import answers
from harness.measure.client.answers import Answer, Checked
from harness.measure.client.burst import burst
from harness.measure.client.job import Job, Result
from harness.measure.load import LoadProcess
from servers.adapter import HOST
from tests.commands import wait_until
from tests.measure.misbehaving import DELAY_NS, DELAY_S, MS_NS, STYLE, TOKEN, Evidence, Misbehaving, misbehaving

CLIENTS = ("aiohttp", "article")
NO_COLUMNS: dict[str, list[int]] = {
    name: [] for name in ("entered_us", "started_us", "ended_us", "answered_us", "thread", "process", "running")
}

# Above the pool limits of aiohttp and httpx, 100 both.
MANY = 150


class Like(str):
    """A text that is equal to all that it matches as a pattern."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and re.fullmatch(self, other, re.DOTALL) is not None

    __hash__ = str.__hash__


@pytest.fixture
def server() -> Iterator[Misbehaving]:
    with misbehaving() as it:
        yield it


@pytest.fixture(params=CLIENTS)
def client(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def a_job(server: Misbehaving, path: str, client: str, concurrency: int = 1, deadline_s: float = 20.0) -> Job:
    return Job(
        port=server.port,
        path=path,
        prime_path="/prime",
        style=STYLE,
        token=TOKEN,
        client=client,
        concurrency=concurrency,
        delay_s=DELAY_S,
        deadline_s=deadline_s,
    )


def all_bad(outcome: str, reason: str, *, late_connections: int, count: int = 3) -> Result:
    """A burst without a good answer; the reason is a pattern."""
    return Result(
        outcomes={outcome: count},
        reason=Like(rf"{count} of {count} requests failed, the first: {reason}"),
        duration_s=None,
        cpu_s=ANY,
        send_span_s=ANY,
        late_connections=late_connections,
        columns=NO_COLUMNS,
    )


def all_good(concurrency: int, *, late_connections: int) -> Result:
    return Result({"ok": concurrency}, None, ANY, ANY, ANY, late_connections, ANY)


def not_opened(outcomes: dict[str, int], reason: str) -> Result:
    """A burst that never began; the reason is a pattern."""
    return Result(outcomes, Like(reason), None, 0.0, 0.0, 0, {})


def start_between(result: Result, said: list[Evidence]) -> tuple[int, int]:
    """The bounds of the one start that all times of a result count from; there is none where they do not agree."""
    said = sorted(said, key=lambda evidence: evidence["entered_ns"])
    pairs = [
        (evidence[f"{name}_ns"], us)
        for name in ("entered", "started", "ended")
        for evidence, us in zip(said, result.columns[f"{name}_us"], strict=True)
    ]
    return max(ns - us * 1000 - 999 for ns, us in pairs), min(ns - us * 1000 for ns, us in pairs)


# What a good answer is made into


def test_every_time_counts_from_the_one_start_of_the_burst(server: Misbehaving, client: str, load: LoadProcess) -> None:
    before_ns = time.monotonic_ns()
    result = load.run(a_job(server, "/good", client, 50))

    earliest_ns, latest_ns = start_between(result, server.said)
    assert earliest_ns <= latest_ns
    before_ns = max([before_ns, *(arrival.arrived_ns for arrival in server.asked("/prime"))])
    assert before_ns <= latest_ns
    assert earliest_ns <= server.asked("/good")[0].arrived_ns

    assert result == all_good(50, late_connections=0 if client == "aiohttp" else 50)
    columns = result.columns
    assert list(columns) == list(NO_COLUMNS)
    assert {len(column) for column in columns.values()} == {50}
    assert columns["entered_us"] == sorted(columns["entered_us"])
    assert all(ended <= there for ended, there in zip(columns["ended_us"], columns["answered_us"], strict=True))
    assert (columns["thread"], columns["process"]) == ([0] * 50, [0] * 50)
    in_order_of_entry = sorted(server.said, key=lambda evidence: evidence["entered_ns"])
    assert columns["running"] == [evidence["running"] for evidence in in_order_of_entry]

    assert result.duration_s is not None
    assert max(columns["answered_us"]) == round(result.duration_s * 1e9) // 1000


def test_rows_are_in_order_of_entry_and_threads_and_processes_are_numbered_in_it(
    server: Misbehaving, client: str, load: LoadProcess
) -> None:
    result = load.run(a_job(server, "/in-reverse", client, 6))

    assert result == all_good(6, late_connections=0 if client == "aiohttp" else 6)
    columns = result.columns
    assert columns["entered_us"] == sorted(columns["entered_us"])
    assert columns["running"] == [5, 4, 3, 2, 1, 0]
    assert columns["thread"] == [0, 0, 1, 1, 2, 2]
    assert columns["process"] == [0, 0, 0, 1, 1, 1]
    earliest_ns, latest_ns = start_between(result, server.said)
    assert earliest_ns <= latest_ns


def test_a_timer_that_ends_a_millisecond_early_is_no_mistake(
    server: Misbehaving, client: str, load: LoadProcess
) -> None:
    result = load.run(a_job(server, "/just-slow-enough", client))

    assert result == all_good(1, late_connections=0 if client == "aiohttp" else 1)
    (started_us,), (ended_us,) = result.columns["started_us"], result.columns["ended_us"]
    assert ended_us - started_us in {(DELAY_NS - MS_NS) // 1000, (DELAY_NS - MS_NS) // 1000 + 1}


def test_what_the_client_spent_is_measured(server: Misbehaving, client: str, load: LoadProcess) -> None:
    result = load.run(a_job(server, "/good", client, 20))

    assert result.duration_s is not None
    assert result.duration_s >= DELAY_S
    assert 0 < result.send_span_s <= result.duration_s
    assert 0 < result.cpu_s < 5


# What does not count


@pytest.mark.parametrize(
    ("path", "outcome", "reason"),
    [
        ("/201", "non_2xx", "status 201: '.*'"),
        ("/302", "non_2xx", "status 302: '.*'"),
        ("/404", "non_2xx", "status 404: '.*'"),
        ("/500", "non_2xx", "status 500: '.*'"),
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
        ("/no-style", "wrong_body", "style None answered, 'async' was asked"),
        ("/no-token", "wrong_body", "token None answered, 'a token' was asked"),
        ("/other-style", "wrong_body", "style 'def' answered, 'async' was asked"),
        ("/other-token", "wrong_body", "token 'another token' answered, 'a token' was asked"),
        ("/chunked", "wrong_body", r"a body of \d+ bytes was announced as None"),
        ("/compressed", "wrong_body", r"a body of \d+ bytes was announced as \d+"),
        ("/entered-before-the-burst", "wrong_body", "the times of the answer make no sense: '.*'"),
        ("/started-before-entered", "wrong_body", "the times of the answer make no sense: '.*'"),
        ("/ended-before-started", "wrong_body", "the times of the answer make no sense: '.*'"),
        ("/times-in-words", "wrong_body", ".*'.*just now.*'"),
        ("/times-in-fractions", "wrong_body", ".*'.*'"),
        ("/thread-in-words", "wrong_body", ".*'.*main.*'"),
        ("/pid-unknown", "wrong_body", ".*'.*null.*'"),
        ("/too-fast", "too_fast", r"answered after 19\.000 ms of work where 20 ms were asked for"),
        ("/at-once", "too_fast", r"answered after 0\.000 ms of work where 20 ms were asked for"),
        ("/ended-after-the-answer", "too_fast", r"answered after 36000\d\d\.\d+ ms of work where 20 ms .*"),
        ("/shorter-than-announced", "aborted", "ClientPayloadError: .*"),
        ("/longer-than-announced", "aborted", ".*"),
    ],
)
def test_an_answer_that_is_not_good_is_counted_as_what_it_is(
    path: str, outcome: str, reason: str, server: Misbehaving, client: str, load: LoadProcess
) -> None:
    result = load.run(a_job(server, path, client, 3))

    assert result == all_bad(outcome, reason, late_connections=0 if client == "aiohttp" else 3)
    assert len(server.asked(path)) == 3


def test_a_redirect_is_not_followed(server: Misbehaving, client: str, load: LoadProcess) -> None:
    load.run(a_job(server, "/302", client, 3))

    assert server.asked("/good") == []


@pytest.mark.parametrize("path", ["/closes", "/resets"])
def test_a_connection_that_ends_without_an_answer_is_aborted(
    path: str, server: Misbehaving, client: str, load: LoadProcess
) -> None:
    result = load.run(a_job(server, path, client, 3))

    assert result == all_bad("aborted", ".*(disconnect|dropp|reset).*", late_connections=3)


@pytest.mark.parametrize("prime_path", ["/prime", "/prime-and-close"])
def test_the_answer_to_a_second_try_does_not_count(
    prime_path: str, server: Misbehaving, client: str, load: LoadProcess
) -> None:
    result = load.run(replace(a_job(server, "/closes-once", client), prime_path=prime_path))

    assert len(server.asked("/closes-once")) == 2, "aiohttp tries no second time any more, and this proves nothing"
    assert result == all_bad("aborted", ".*", late_connections=1, count=1)


def test_the_answer_to_a_second_try_on_a_connection_that_was_free_does_not_count(
    server: Misbehaving, client: str, load: LoadProcess
) -> None:
    path = "/closes-when-another-is-free"
    result = load.run(a_job(server, path, client, 2))

    assert len(server.asked(path)) == 3
    assert result.outcomes == {"aborted": 1, "ok": 1}
    assert result.duration_s is None
    assert {len(column) for column in result.columns.values()} == {1}


def test_a_server_that_dies_has_not_refused_the_request_that_it_had_taken(
    server: Misbehaving, client: str, load: LoadProcess
) -> None:
    result = load.run(a_job(server, "/dies", client))

    assert result == all_bad("aborted", ".*", late_connections=1, count=1)


def test_connections_that_nobody_takes_are_refused(load: LoadProcess) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))  # and never listens
        nobody = Misbehaving(port=taken.getsockname()[1])
        article = load.run(a_job(nobody, "/good", "article", 3))
        aiohttp = load.run(a_job(nobody, "/good", "aiohttp", 3))

    assert article == all_bad("refused", "Cannot connect to host localhost:.*", late_connections=3)
    assert aiohttp == not_opened(
        {"refused": 3}, "3 of 3 connections could not be opened, the first: Cannot connect to host 127.0.0.1:.*"
    )


def test_silence_is_a_timeout_and_the_next_job_is_served(server: Misbehaving, client: str, load: LoadProcess) -> None:
    assert load._process is not None
    process = load._process.pid
    began_s = time.monotonic()
    silence = load.run(a_job(server, "/silent", client, 3, deadline_s=0.3))
    took_s = time.monotonic() - began_s
    afterwards = load.run(a_job(server, "/good", client, 3))

    late_connections = 0 if client == "aiohttp" else 3
    assert silence == all_bad("timeout", r"no answer within 0\.3 s", late_connections=late_connections)
    assert 0.3 <= took_s < 10
    assert afterwards == all_good(3, late_connections=late_connections)
    assert load._process.pid == process


def test_every_outcome_of_a_mixed_burst_is_counted_apart_and_only_good_answers_make_rows(
    server: Misbehaving, client: str, load: LoadProcess
) -> None:
    result = load.run(a_job(server, "/mixed", client, 9, deadline_s=1.0))

    assert result == Result(
        outcomes={"aborted": 2, "non_2xx": 2, "ok": 2, "timeout": 1, "too_fast": 1, "wrong_body": 1},
        reason=Like("7 of 9 requests failed, the first: .+"),
        duration_s=None,
        cpu_s=ANY,
        send_span_s=ANY,
        late_connections=ANY if client == "aiohttp" else 9,  # a second try may find a connection free
        columns=ANY,
    )
    assert {len(column) for column in result.columns.values()} == {2}
    earliest_ns, latest_ns = start_between(result, server.said)
    assert earliest_ns <= latest_ns


# The connections


def test_aiohttp_has_opened_every_connection_before_the_first_measured_request(
    server: Misbehaving, load: LoadProcess
) -> None:
    result = load.run(a_job(server, "/good", "aiohttp", MANY))

    assert result == all_good(MANY, late_connections=0)
    assert server.asked("/good")[0].open_connections == MANY
    assert len(server.opened_ns) == MANY
    assert {arrival.connection for arrival in server.asked("/good")} == set(range(MANY))
    _, latest_ns = start_between(result, server.said)
    assert max(server.opened_ns) < latest_ns


def test_article_opens_a_connection_a_request_inside_the_burst(server: Misbehaving, load: LoadProcess) -> None:
    result = load.run(a_job(server, "/good", "article", MANY))

    assert result == all_good(MANY, late_connections=MANY)
    assert server.asked("/prime") == []
    assert len(server.opened_ns) == MANY
    assert {arrival.connection for arrival in server.asked("/good")} == set(range(MANY))
    earliest_ns, _ = start_between(result, server.said)
    assert earliest_ns <= min(server.opened_ns)


def test_connections_that_the_server_does_not_keep_are_opened_late(server: Misbehaving, load: LoadProcess) -> None:
    job = replace(a_job(server, "/good-and-close", "aiohttp", 5), prime_path="/prime-and-close")

    assert load.run(job) == all_good(5, late_connections=5)
    assert len(server.opened_ns) == 10


@pytest.mark.parametrize(
    ("prime_path", "outcomes", "reason"),
    [
        ("/prime-every-other", {"non_2xx": 2}, "2 of 4 connections could not be opened, the first: status 503"),
        ("/404", {"non_2xx": 4}, "4 of 4 connections could not be opened, the first: status 404"),
        ("/closes", {"aborted": 4}, "4 of 4 connections could not be opened, the first: .*"),
        ("/silent", {"timeout": 4}, r"4 of 4 connections could not be opened, the first: no answer within 0\.3 s"),
    ],
)
def test_a_burst_does_not_begin_before_every_connection_has_given_an_answer(
    prime_path: str, outcomes: dict[str, int], reason: str, server: Misbehaving, load: LoadProcess
) -> None:
    deadline_s = 0.3 if prime_path == "/silent" else 20.0
    job = replace(a_job(server, "/good", "aiohttp", 4, deadline_s), prime_path=prime_path)

    assert load.run(job) == not_opened(outcomes, reason)
    assert server.asked("/good") == []


@pytest.mark.parametrize("path", ["/good", "/404", "/silent", "/shorter-than-announced"])
def test_a_job_leaves_no_connection_behind(path: str, server: Misbehaving, client: str, load: LoadProcess) -> None:
    load.run(a_job(server, path, client, 3, deadline_s=0.3))

    wait_until(lambda: server.open_connections == 0)


# The process, and what it does when


def test_one_process_serves_many_jobs_of_both_clients(server: Misbehaving, load: LoadProcess) -> None:
    clients = CLIENTS * 3
    assert load._process is not None
    process = load._process.pid
    results = [load.run(a_job(server, "/good", client, 4)) for client in clients]

    assert results == [all_good(4, late_connections=0 if client == "aiohttp" else 4) for client in clients]
    assert {len(column) for result in results for column in result.columns.values()} == {4}
    assert load._process.pid == process


def test_nothing_is_checked_before_the_last_answer_is_there(
    server: Misbehaving, client: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[int] = []

    def check(seen: list[Answer], job: Job, start_ns: int) -> Checked:
        checked.append(sum(answer.answered_ns <= time.monotonic_ns() for answer in seen))
        return answers.check(seen, job, start_ns)

    monkeypatch.setattr("harness.measure.client.burst.check", check)
    result = asyncio.run(burst(a_job(server, "/good", client, 10)))

    assert result == all_good(10, late_connections=0 if client == "aiohttp" else 10)
    assert checked == [10]


def test_the_first_problem_is_that_of_the_request_that_was_sent_first() -> None:
    job = a_job(Misbehaving(port=1), "/good", "aiohttp", 4)
    seen = [
        Answer(outcome="timeout", problem="no answer within 20 s"),
        Answer(status=404, announced_length="2", body=b"no", answered_ns=1),
        Answer(outcome="refused"),
        Answer(outcome="refused"),
    ]

    assert answers.check(seen, job, 0) == Checked(
        {"non_2xx": 1, "refused": 2, "timeout": 1}, "4 of 4 requests failed, the first: no answer within 20 s", []
    )
    assert answers.check(seen[::-1], job, 0).reason == "4 of 4 requests failed, the first: refused"
