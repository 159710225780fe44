"""Requests of several classes, methods and sizes go out as they are asked for, and their answers may bear witness in
other places than a body of JSON, or say that they gave up.
"""

import asyncio
import json
import os
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice

import pytest
from aiohttp import web

from harness.measure.client.job import Job, RequestSpec
from harness.measure.load import Clients
from harness.measure.process import find_free_port
from harness.measure.stop import Stop
from servers.adapter import HOST

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

TOKEN = "a token"  # noqa: S105 - it says which launch answers, and keeps nobody out
CLIENTS = ("engine", "aiohttp", "article")
UPLOAD = 3_000_000


@dataclass(slots=True)
class Seen:
    """What the server has been asked, in order: method, path with its query, the header `x-told`, and the content."""

    requests: list[tuple[str, str, str, bytes]] = field(default_factory=list)


def evidence(path: str, **more: object) -> bytes:
    now_ns = time.monotonic_ns()
    times = dict.fromkeys(("entered_ns", "started_ns", "ended_ns"), now_ns)
    said = {"style": path.strip("/"), "token": TOKEN, "pid": os.getpid(), "thread": 1, "running": 1, **times, **more}
    return json.dumps(said).encode()


async def in_the_body(request: web.Request) -> web.StreamResponse:
    return web.Response(body=evidence(request.path))


async def in_the_header(request: web.Request) -> web.StreamResponse:
    return web.Response(body=b"\x00" * 100_000, headers={"matrix-evidence": evidence(request.path).decode()})


async def in_the_last_line(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for piece in (b"one\n", b"two\n", evidence(request.path) + b"\n"):
        await response.write(piece)
    return response


async def created(request: web.Request) -> web.StreamResponse:
    return web.Response(status=201, headers={"matrix-evidence": evidence(request.path).decode()})


async def without_content(request: web.Request) -> web.StreamResponse:
    return web.Response(status=204, headers={"matrix-evidence": evidence(request.path).decode()})


async def gives_up(request: web.Request) -> web.StreamResponse:
    return web.Response(status=503, body=evidence(request.path, gave_up="a connection of the pool"))


async def unavailable(request: web.Request) -> web.StreamResponse:
    return web.Response(status=503, body=evidence(request.path))


@contextmanager
def serving(handlers: Mapping[str, Handler]) -> Iterator[tuple[int, Seen]]:
    """A real server in a thread of its own, and what it sees."""
    seen, port, loop = Seen(), find_free_port(), asyncio.new_event_loop()

    @web.middleware
    async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
        told = (request.method, request.path_qs, request.headers.get("x-told", ""), await request.read())
        seen.requests.append(told)
        return await handler(request)

    app = web.Application(middlewares=[note], client_max_size=2 * UPLOAD)
    for path, handler in handlers.items():
        app.router.add_route("*", path, handler)
    runner = web.AppRunner(app)

    async def begin() -> None:
        await runner.setup()
        await web.TCPSite(runner, HOST, port).start()

    loop.run_until_complete(begin())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield port, seen
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(runner.cleanup())
        # A transport that was closed needs another turn of the loop to be so.
        loop.run_until_complete(asyncio.sleep(0.05))
        loop.close()


def a_job(port: int, client: str, concurrency: int, *asked: RequestSpec) -> Job:
    return Job(
        port=port,
        requests=[replace(each, expected_style=each.expected_style or each.path.strip("/")) for each in asked],
        prime_path="/prime",
        client=client,
        concurrency=concurrency,
        deadline_s=20.0,
        token=TOKEN,
    )


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("handler", [in_the_body, in_the_header, in_the_last_line])
def test_evidence_may_stand_in_the_body_in_its_last_line_or_in_a_header(
    handler: Handler, client: str, load: Clients
) -> None:
    with serving({"/prime": in_the_body, "/there": handler}) as (port, _):
        seen = load.run(a_job(port, client, 3, RequestSpec("/there")))

    assert (seen.outcomes, seen.reason) == ({"ok": 3}, None)


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(("handler", "status"), [(created, 201), (without_content, 204)])
def test_a_good_answer_has_the_status_that_was_asked_for(
    handler: Handler, status: int, client: str, load: Clients
) -> None:
    with serving({"/prime": in_the_body, "/there": handler}) as (port, _):
        good = load.run(a_job(port, client, 2, RequestSpec("/there", expected_status=status)))
        bad = load.run(a_job(port, client, 2, RequestSpec("/there")))

    assert good.outcomes == {"ok": 2}
    assert bad.outcomes == {"wrong_status": 2}


@pytest.mark.parametrize("client", CLIENTS)
def test_a_request_goes_out_with_its_method_headers_and_content(client: str, load: Clients) -> None:
    asked = RequestSpec("/there?q=a%20b", "", "PUT", {"X-Told": "so"}, '{"name": "ä"}', expected_style="there")
    with serving({"/prime": in_the_body, "/there": in_the_body}) as (port, server):
        seen = load.run(a_job(port, client, 1, asked))

    assert seen.outcomes == {"ok": 1}
    assert server.requests[-1] == ("PUT", "/there?q=a%20b", "so", '{"name": "ä"}'.encode())


@pytest.mark.parametrize("client", CLIENTS)
def test_an_upload_of_any_size_arrives_whole(client: str, load: Clients) -> None:
    """A socket does not take so much at once."""
    with serving({"/prime": in_the_body, "/there": in_the_body}) as (port, server):
        seen = load.run(a_job(port, client, 2, RequestSpec("/there", method="POST", upload_bytes=UPLOAD)))

    assert seen.outcomes == {"ok": 2}
    assert [content.count(b"x" * UPLOAD) for *_, content in server.requests[-2:]] == [1, 1]


@pytest.mark.parametrize("client", CLIENTS)
def test_an_answer_that_gave_up_is_a_result_and_counted_apart(client: str, load: Clients) -> None:
    with serving({"/prime": in_the_body, "/good": in_the_body, "/up": gives_up}) as (port, _):
        seen = load.run(
            a_job(port, client, 5, RequestSpec("/good", "good", weight=2), RequestSpec("/up", "up", min_work_s=1.0))
        )

    assert (seen.outcomes, seen.reason) == ({"gave_up": 1, "ok": 4}, None)
    assert seen.duration_s is not None
    assert seen.requests is not None
    assert seen.requests.classes == ["good", "up"]
    assert seen.requests.of_class == seen.requests.gave_up
    assert sorted(seen.requests.gave_up or ()) == [0, 0, 0, 0, 1]


def test_a_server_that_is_unavailable_has_not_given_up(load: Clients) -> None:
    with serving({"/prime": in_the_body, "/there": unavailable}) as (port, _):
        seen = load.run(a_job(port, "engine", 2, RequestSpec("/there")))

    assert (seen.outcomes, seen.duration_s) == ({"non_2xx": 2}, None)


@pytest.mark.parametrize("processes", [1, 2])
def test_the_classes_of_a_burst_take_turns_however_many_processes_send_them(processes: int) -> None:
    asked = (RequestSpec("/fast", "fast", weight=4), RequestSpec("/slow", "slow"))
    handlers = {"/prime": in_the_body, "/fast": in_the_body, "/slow": in_the_body}
    with serving(handlers) as (port, server), Clients(Stop(), processes) as clients:
        seen = clients.run(a_job(port, "engine", 20, *asked))

    assert seen.outcomes == {"ok": 20}
    paths = [path for _, path, _, _ in server.requests if path != "/prime"]
    assert (paths.count("/fast"), paths.count("/slow")) == (16, 4)
    if processes == 1:
        assert paths == (["/fast"] * 4 + ["/slow"]) * 4


@pytest.mark.parametrize("parts", [1, 2, 5])
def test_every_process_of_a_closed_loop_sends_whole_rounds_however_fast_it_is(parts: int) -> None:
    asked = (RequestSpec("/fast", "fast", weight=4), RequestSpec("/slow", "slow"))
    loop = replace(a_job(1, "engine", 5, *asked), executor="closed-loop", parts=parts)

    sent = [list(islice(replace(loop, part=part).take_turns(), 10)) for part in range(parts)]

    assert [sorted(turns) for turns in sent] == [[0] * 8 + [1] * 2] * parts


def test_a_window_tells_the_classes_apart(load: Clients) -> None:
    asked = (RequestSpec("/fast", "fast", weight=4), RequestSpec("/slow", "slow"))
    with serving({"/prime": in_the_body, "/fast": in_the_body, "/slow": in_the_body}) as (port, _):
        seen = load.run(replace(a_job(port, "engine", 5, *asked), executor="closed-loop", duration_s=0.3))

    assert seen.steady is not None
    assert seen.steady.by_class is not None
    fast, slow = (sum(seen.steady.by_class[name].count) for name in ("fast", "slow"))
    assert fast + slow == seen.outcomes["ok"] == sum(seen.steady.latency.count)
    assert abs(fast - 4 * slow) <= 5 * 5
