"""Servers that serve some styles of a scenario beside a PostgreSQL, what they answer, and what that PostgreSQL says."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psycopg

from harness.matrix.catalog import delay_of, parameters_of, pool_size_of
from harness.measure.load import Clients
from harness.measure.readiness import wait_until_ready
from harness.measure.server import LaunchContext, RunningServer, start_server
from harness.measure.stop import Stop
from harness.measure.window import WindowKey, measure_window
from harness.model.journal import Window
from harness.model.plan import Launch, Variant
from servers.adapter import HOST
from tests.builders.journals import cell
from tests.builders.launches import LIMITS, a_launch, a_plan


def launch_of(
    scenario: str,
    threads: int,
    pool: int | None = None,
    *,
    delay_s: float | None = None,
    workers: int = 1,
    **parameters: float,
) -> Launch:
    """A launch of uvicorn with so many threads, and connections in each pool."""
    return replace(
        a_launch(scenario=scenario, thread_limit=threads, workers=workers),
        delay_s=delay_of(scenario, delay_s),
        pool_size=pool_size_of(scenario, pool),
        parameters=parameters_of(scenario, parameters),
    )


@contextmanager
def serving(launch: Launch, styles: tuple[str, ...], postgres_url: str, folder: Path) -> Iterator[RunningServer]:
    """A server that has got ready, for some styles only."""
    stop, around = Stop(), LaunchContext(styles=styles, services={"postgres": postgres_url})
    with start_server(launch, Variant(launch.server), LIMITS, folder / "server.log", stop, around) as server:
        wait_until_ready(server, launch, LIMITS, stop)
        yield server


def burst(launch: Launch, style: str, requests: int, server: RunningServer, load: Clients) -> Window:
    """What a burst of requests gave."""
    return measure_window(WindowKey(1, 1, 0), a_plan(cell(style, requests, launch)), server, load)


def got(server: RunningServer, path: str) -> tuple[int, bytes]:
    """Status and body of an answer."""
    with closing(HTTPConnection(HOST, server.port, timeout=60)) as connection:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()


def evidence(server: RunningServer, path: str) -> dict[str, Any]:
    """The evidence of a good answer."""
    status, body = got(server, path)
    assert status == 200
    said: dict[str, Any] = json.loads(body)
    return said


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    """What a query gives."""
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def done(url: str, command: str) -> None:
    """A command that gives nothing, carried out."""
    with psycopg.connect(url) as connection:
        connection.execute(command.encode())


def known_as(name: str, url: str) -> str:
    """A URL by which connections give themselves a name."""
    return f"{url}&application_name={name}"


def connected(name: str, url: str) -> int:
    """How many connections have that name."""
    ((count,),) = rows(url, f"select count(*) from pg_stat_activity where application_name = '{name}'")  # noqa: S608
    return int(count)
