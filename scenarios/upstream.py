"""upstream: every request calls another HTTP service, which answers after a set delay."""

import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from scenarios.inside.launched import delay_s, launch_settings, service
from scenarios.kit import Evidence, Scenario, at_once, delay, in_waves, one_by_one, working

if TYPE_CHECKING:
    import aiohttp
    import httpx
    import requests


class AwaitedClients:
    """The async clients of this process: one unlimited pool of connections each, shared by all requests.

    Only the clients of measured styles are set.
    """

    aiohttp: "aiohttp.ClientSession"
    httpx: "httpx.AsyncClient"


class ThreadClient(threading.local):
    """The client of this thread: a session of requests must not be shared by threads.

    Under daphne and fastpysgi a thread ends with its request, and its session with it.
    """

    @cached_property
    def session(self) -> "requests.Session":
        import requests

        session = requests.Session()
        # The proxies of the environment do not lead to a service on this machine.
        session.trust_env = False
        return session


shared = AwaitedClients()
of_thread = ThreadClient()


@asynccontextmanager
async def open_clients() -> AsyncIterator[None]:
    """Open the async clients; each thread opens its own at its first call."""
    async with AsyncExitStack() as opened:
        if "async" in launch_settings().styles:
            import aiohttp

            connector = aiohttp.TCPConnector(limit=0)
            shared.aiohttp = await opened.enter_async_context(
                aiohttp.ClientSession(connector=connector, raise_for_status=True)
            )
        if "async-httpx" in launch_settings().styles:
            import httpx

            limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
            shared.httpx = await opened.enter_async_context(
                httpx.AsyncClient(limits=limits, timeout=None, trust_env=False)  # noqa: S113 - a cell has a deadline
            )
        yield


scenario = Scenario(
    shows=(
        "Every request calls another HTTP service, which answers after a set delay, over kept-alive connections. "
        "A call that blocks holds a thread in `def` and the whole event loop in `async def`; one that is awaited holds "
        "neither, and then the HTTP client itself is the cost. "
        "Here the clients may open any number of connections. By default aiohttp and httpx open at most 100, which "
        "would add a knee of their own. When a connection becomes idle, httpx wakes every waiting request; one gets "
        "it, the rest wait again."
    ),
    parameters=(delay(0.1, "How long the upstream takes to answer."),),
    reports={
        "Why does `requests.get` in `async def` freeze the API?": "https://github.com/fastapi/fastapi/issues/2601",
        "How should an endpoint use aiohttp?": "https://github.com/fastapi/fastapi/issues/236",
        "Why is httpx slower than aiohttp under load?": "https://github.com/encode/httpx/issues/3215",
        "Why does httpx time out beyond its 100 connections?": "https://github.com/encode/httpx/issues/1171",
        "Why do requests wait while httpx has idle connections?": "https://github.com/encode/httpcore/issues/822",
    },
    service="upstream",
    around=open_clients,
)


def upstream_url() -> str:
    """Return the URL that answers after the delay."""
    return f"{service('upstream')}/wait?us={round(delay_s() * 1e6)}"


@scenario.style("def", model=in_waves, using="requests", requires=("requests>=2.34",))
def blocks_a_thread() -> Evidence:
    """Block one of the threads that the limit counts, in requests."""
    with working("def") as evidence:
        of_thread.session.get(upstream_url()).raise_for_status()
    return evidence


@scenario.style("async", model=at_once, using="aiohttp", requires=("aiohttp>=3.14",))
async def awaits_aiohttp() -> Evidence:
    """Let the loop do other things meanwhile, in aiohttp."""
    with working("async") as evidence:
        async with shared.aiohttp.get(upstream_url()) as response:
            await response.read()
    return evidence


@scenario.style("async-httpx", model=at_once, using="httpx", requires=("httpx>=0.28",))
async def awaits_httpx() -> Evidence:
    """Let the loop do other things meanwhile, in httpx."""
    with working("async-httpx") as evidence:
        (await shared.httpx.get(upstream_url())).raise_for_status()
    return evidence


@scenario.style("async-blocking", model=one_by_one, using="requests", requires=("requests>=2.34",))
async def blocks_the_loop() -> Evidence:
    """Block the loop in requests, and with it every other request of this process: the mistake."""
    with working("async-blocking") as evidence:
        of_thread.session.get(upstream_url()).raise_for_status()
    return evidence
