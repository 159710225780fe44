"""PostgreSQL as endpoints use it: the pools of each driver, all of one size, and a table to read from.

Rule 1: a pool has exactly `pool_size()` connections, all of them opened before the first request.
Rule 2: apart from its size and its timeout, a pool has the defaults of its library, because most people keep those.
Rule 3: the table is in a schema of its own; nothing else in the database is touched.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, ExitStack, asynccontextmanager
from functools import cache
from itertools import count
from typing import TYPE_CHECKING

from scenarios.inside.launched import launch_settings, noted_versions, pool_size, service

if TYPE_CHECKING:
    import asyncpg
    from psycopg_pool import AsyncConnectionPool, ConnectionPool
    from sqlalchemy import TextClause
    from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
    from sqlalchemy.orm import Session, sessionmaker

ASYNCPG = "asyncpg>=0.32"
PSYCOPG = "psycopg[binary,pool]>=3.3"
SQLALCHEMY = "sqlalchemy[asyncio]>=2.1"

REQUIRES = (PSYCOPG,)
"""What every scenario with a PostgreSQL needs: psycopg also reads the server's version and makes the table."""

NEVER_S = 3600.0
"""The pool timeout where no request shall give up."""


class Pools:
    """The pools of this process; each is set only if a measured style uses it."""

    of_asyncpg: "asyncpg.Pool"
    of_psycopg: "ConnectionPool"
    of_psycopg_async: "AsyncConnectionPool"
    sessions: "sessionmaker[Session]"
    sessions_async: "async_sessionmaker[AsyncSession]"


pools = Pools()

Opener = Callable[[], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def open_pools(openers: Mapping[str, Opener]) -> AsyncIterator[None]:
    """Open the pools of the measured styles; `openers` maps each style to what opens its pool."""
    noted_versions["postgresql"] = read_server_version()
    async with AsyncExitStack() as closing:
        for opener in dict.fromkeys(openers[style] for style in launch_settings().styles):
            await closing.enter_async_context(opener())
        yield


def database_url() -> str:
    """Return the URL of the database, as psycopg and asyncpg take it."""
    return service("postgres")


@cache
def make_statement(sql: str) -> "TextClause":
    """Return a statement for SQLAlchemy; its parameters are written `:name`."""
    from sqlalchemy import text

    return text(sql)


def read_server_version() -> str:
    """Return the version that the server reports."""
    import psycopg

    with psycopg.connect(database_url()) as connection:
        return connection.info.parameter_status("server_version") or "unknown"


@asynccontextmanager
async def open_asyncpg_pool() -> AsyncIterator[None]:
    """Open the pool of asyncpg."""
    import asyncpg

    size = pool_size()
    # Idle connections are closed after five minutes otherwise.
    async with asyncpg.create_pool(
        database_url(), min_size=size, max_size=size, max_inactive_connection_lifetime=0
    ) as pool:
        pools.of_asyncpg = pool
        yield


@asynccontextmanager
async def open_psycopg_pool() -> AsyncIterator[None]:
    """Open the pool of psycopg for threads."""
    from psycopg_pool import ConnectionPool

    with ConnectionPool(
        database_url(), min_size=pool_size(), max_size=pool_size(), timeout=NEVER_S, open=False
    ) as pool:
        pool.wait()
        pools.of_psycopg = pool
        yield


@asynccontextmanager
async def open_psycopg_async_pool() -> AsyncIterator[None]:
    """Open the pool of psycopg for an event loop."""
    from psycopg_pool import AsyncConnectionPool

    size = pool_size()
    async with AsyncConnectionPool(database_url(), min_size=size, max_size=size, timeout=NEVER_S, open=False) as pool:
        await pool.wait()
        pools.of_psycopg_async = pool
        yield


def sqlalchemy_engine(timeout_s: float = NEVER_S) -> Opener:
    """Return what opens the pool of SQLAlchemy for threads, over psycopg, with this timeout."""

    @asynccontextmanager
    async def opener() -> AsyncIterator[None]:
        import psycopg
        from sqlalchemy import create_engine
        from sqlalchemy.orm import sessionmaker

        engine = create_engine(
            "postgresql+psycopg://",
            # The driver reads the URL itself, because SQLAlchemy reads its options differently.
            creator=lambda: psycopg.connect(database_url()),
            pool_size=pool_size(),
            max_overflow=0,
            pool_timeout=timeout_s,
        )
        with ExitStack() as held:
            for _ in range(pool_size()):
                held.enter_context(engine.connect())
        pools.sessions = sessionmaker(engine)
        yield
        engine.dispose()

    return opener


def sqlalchemy_async_engine(timeout_s: float = NEVER_S) -> Opener:
    """Return what opens the pool of SQLAlchemy for an event loop, over asyncpg, with this timeout."""

    @asynccontextmanager
    async def opener() -> AsyncIterator[None]:
        import asyncpg
        from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

        engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=lambda: asyncpg.connect(database_url()),
            pool_size=pool_size(),
            max_overflow=0,
            pool_timeout=timeout_s,
        )
        async with AsyncExitStack() as held:
            for _ in range(pool_size()):
                await held.enter_async_context(engine.connect())
        pools.sessions_async = async_sessionmaker(engine)
        yield
        await engine.dispose()

    return opener


OPENERS: Mapping[str, Opener] = {
    "async": open_asyncpg_pool,
    "async-psycopg": open_psycopg_async_pool,
    "async-sqlalchemy": sqlalchemy_async_engine(),
    "def": open_psycopg_pool,
    "def-sqlalchemy": sqlalchemy_engine(),
    "async-blocking": open_psycopg_pool,
}
"""What opens the pool of each style of the scenarios that send a query."""

ROWS = 10_000
STRIDE = 7_919
"""The distance between successive keys: a prime, so that every key has its turn."""

MAKE = (
    "create schema asgi_matrix",
    "create table asgi_matrix.items (id integer primary key, content text not null)",
    f"insert into asgi_matrix.items select id, md5(id::text) from generate_series(1, {ROWS}) as id",  # noqa: S608 - a constant
)
IS_MADE = "select to_regclass('asgi_matrix.items') is not null"

LOCK = 0x61736769
"""The lock that workers take before they make the table: the letters "asgi" as a number."""

_reads = count()


def make_items() -> None:
    """Make the table with all its rows, unless it exists."""
    import psycopg

    with psycopg.connect(database_url()) as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", (LOCK,))
        is_made = connection.execute(IS_MADE).fetchone()
        if is_made != (True,):
            for command in MAKE:
                connection.execute(command)


def next_key() -> int:
    """Return the key of a row, a different one each time; safe to call from threads."""
    return next(_reads) * STRIDE % ROWS + 1
