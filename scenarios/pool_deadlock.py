"""pool-deadlock: a dependency that holds a connection while its endpoint waits for a thread, and what fixes it.

FastAPI runs a `def` dependency in one thread and the `def` endpoint, later, in another. In between it holds the
connection, but no thread. If other requests have by then taken all threads to wait for a connection, none can go on.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TYPE_CHECKING, Annotated, Any

from scenarios.inside.launched import delay_s, parameter
from scenarios.inside.launched import pool_size as connections
from scenarios.inside.postgres import (
    ASYNCPG,
    REQUIRES,
    SQLALCHEMY,
    make_statement,
    open_pools,
    pools,
    sqlalchemy_async_engine,
    sqlalchemy_engine,
)
from scenarios.kit import (
    Endpoint,
    Evidence,
    Parameter,
    Scenario,
    delay,
    evidence_header,
    in_pool_waves,
    in_thread_and_pool_waves,
    pool_size,
    working,
)

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession
    from sqlalchemy.orm import Session

QUERY = "select pg_sleep(:delay_s)"
UNAVAILABLE = 503


def around() -> AbstractAsyncContextManager[None]:
    """Open the pools, with the timeout of the matrix."""
    threads, loop = (make(parameter("pool_timeout")) for make in (sqlalchemy_engine, sqlalchemy_async_engine))
    return open_pools({name: loop if name == "async" else threads for name in scenario.styles})


scenario = Scenario(
    shows=(
        "A `def` dependency takes a connection from SQLAlchemy's pool and holds it until the request is over, as "
        "`get_db` does in many applications. With as many concurrent requests as threads and connections "
        "together, requests without a connection hold all the threads, those with one wait for a thread, and nothing "
        "moves until the pool times out. Taking the connection inside the endpoint fixes it, and so does "
        "`Depends(..., max_concurrency=...)` with the size of the pool; a larger pool only moves the stall to more "
        "concurrent requests."
    ),
    parameters=(
        delay(0.05, "How long the query takes in the database."),
        pool_size(10),
        Parameter("pool_timeout", 1.0, "s", "How long to wait for a connection; SQLAlchemy's default is 30s."),
    ),
    reports={
        "Why does a session from a dependency deadlock?": "https://github.com/fastapi/fastapi/issues/3205",
        "Why does the pool of SQLAlchemy lock up and time out?": (
            "https://github.com/fastapi/full-stack-fastapi-template/issues/104"
        ),
        "Is closing a dependency not bound by the limit any more?": "https://github.com/fastapi/fastapi/pull/5122",
        "Does validating the answer deadlock, too?": "https://github.com/fastapi/fastapi/pull/12066",
    },
    requires=(*REQUIRES, SQLALCHEMY),
    service="postgres",
    around=around,
)


def make_session_dependency(style: str) -> Callable[[], Iterator["Session"]]:
    """Return the dependency of a style: a session that holds its connection until the request is over."""

    def session() -> "Iterator[Session]":
        with pools.sessions() as opened_session:
            with answer_timeout(style):
                opened_session.connection()
            yield opened_session

    return session


async def awaited_session() -> "AsyncIterator[AsyncSession]":
    """Do the same on the loop, where waiting for a connection takes no thread."""
    async with pools.sessions_async() as session:
        with answer_timeout("async"):
            await session.connection()
        yield session


@contextmanager
def answer_timeout(style: str) -> Iterator[None]:
    """Answer 503 with evidence of the style if the pool times out."""
    try:
        yield
    except Exception as error:
        from fastapi import HTTPException
        from sqlalchemy.exc import TimeoutError as NoConnectionError

        if not isinstance(error, NoConnectionError):
            raise
        with working(style) as evidence:
            evidence["gave_up"] = "a connection of the pool"
        raise HTTPException(UNAVAILABLE, headers=evidence_header(evidence)) from None


@scenario.style("def", made=True)
def holds_through_a_dependency() -> Endpoint:
    """Have a `def` dependency hold a connection, then wait for a thread: the mistake."""
    from fastapi import Depends

    def endpoint(session: Annotated[Any, Depends(make_session_dependency("def"))]) -> Evidence:
        with working("def") as evidence:
            session.execute(make_statement(QUERY), {"delay_s": delay_s()})
        return evidence

    return endpoint


@scenario.style("def-inside", model=in_thread_and_pool_waves)
def takes_it_inside() -> Evidence:
    """Take the connection inside the endpoint, where there is a thread already."""
    with answer_timeout("def-inside"), working("def-inside") as evidence, pools.sessions() as session:
        session.execute(make_statement(QUERY), {"delay_s": delay_s()})
    return evidence


@scenario.style("def-max-concurrency", model=in_thread_and_pool_waves, made=True)
def waits_for_its_turn() -> Endpoint:
    """Let no more requests into the dependency than there are connections: the others wait without a thread."""
    from fastapi import Depends

    limited = Depends(make_session_dependency("def-max-concurrency"), max_concurrency=connections())

    def endpoint(session: Annotated[Any, limited]) -> Evidence:
        with working("def-max-concurrency") as evidence:
            session.execute(make_statement(QUERY), {"delay_s": delay_s()})
        return evidence

    return endpoint


@scenario.style("async", model=in_pool_waves, requires=(ASYNCPG,), made=True)
def holds_on_the_loop() -> Endpoint:
    """Hold the connection in an `async def` dependency, where waiting takes no thread."""
    from fastapi import Depends

    async def endpoint(session: Annotated[Any, Depends(awaited_session)]) -> Evidence:
        with working("async") as evidence:
            await session.execute(make_statement(QUERY), {"delay_s": delay_s()})
        return evidence

    return endpoint
