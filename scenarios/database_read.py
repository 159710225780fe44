"""database-read: one row by its key from PostgreSQL, over a pool of connections."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from scenarios.inside.postgres import (
    ASYNCPG,
    OPENERS,
    REQUIRES,
    SQLALCHEMY,
    make_items,
    make_statement,
    next_key,
    open_pools,
    pools,
)
from scenarios.kit import Evidence, Scenario, pool_size, working


@asynccontextmanager
async def around() -> AsyncIterator[None]:
    """Make the table and open the pools."""
    make_items()
    async with open_pools(OPENERS):
        yield


scenario = Scenario(
    shows=(
        "One row by its key from a table of 10,000 in a real PostgreSQL, a query of well under a millisecond: what is "
        "left is the price of driver, pool and style. Each driver and pool is used as it comes, with its own habits: "
        "psycopg and SQLAlchemy open a transaction, asyncpg clears the connection that it takes back."
    ),
    parameters=(pool_size(10),),
    reports={
        "Is asyncpg slower than psycopg2?": "https://github.com/fastapi/fastapi/issues/902",
        "Why is SQLAlchemy on asyncpg slower than on a driver that blocks?": (
            "https://github.com/sqlalchemy/sqlalchemy/issues/7290"
        ),
    },
    requires=REQUIRES,
    service="postgres",
    around=around,
)


@scenario.style("async", using="asyncpg", requires=(ASYNCPG,))
async def awaits_asyncpg() -> Evidence:
    """Await asyncpg, over its own pool."""
    with working("async") as evidence:
        async with pools.of_asyncpg.acquire() as connection:
            await connection.fetchval("select content from asgi_matrix.items where id = $1", next_key())
    return evidence


@scenario.style("async-psycopg", using="psycopg")
async def awaits_psycopg() -> Evidence:
    """Await psycopg, over its own pool."""
    with working("async-psycopg") as evidence:
        async with pools.of_psycopg_async.connection() as connection:
            cursor = await connection.execute("select content from asgi_matrix.items where id = %s", (next_key(),))
            await cursor.fetchone()
    return evidence


@scenario.style("async-sqlalchemy", using="SQLAlchemy", requires=(SQLALCHEMY, ASYNCPG))
async def awaits_sqlalchemy() -> Evidence:
    """Await a session of SQLAlchemy, over its pool of asyncpg connections."""
    with working("async-sqlalchemy") as evidence:
        async with pools.sessions_async() as session:
            query = make_statement("select content from asgi_matrix.items where id = :id")
            (await session.execute(query, {"id": next_key()})).scalar_one()
    return evidence


@scenario.style("def", using="psycopg")
def blocks_in_psycopg() -> Evidence:
    """Block a thread in psycopg, over its own pool."""
    with working("def") as evidence, pools.of_psycopg.connection() as connection:
        connection.execute("select content from asgi_matrix.items where id = %s", (next_key(),)).fetchone()
    return evidence


@scenario.style("def-sqlalchemy", using="SQLAlchemy", requires=(SQLALCHEMY,))
def blocks_in_sqlalchemy() -> Evidence:
    """Block a thread in a session of SQLAlchemy, over its pool of psycopg connections."""
    with working("def-sqlalchemy") as evidence, pools.sessions() as session:
        query = make_statement("select content from asgi_matrix.items where id = :id")
        session.execute(query, {"id": next_key()}).scalar_one()
    return evidence


@scenario.style("async-blocking", using="psycopg")
async def blocks_the_loop() -> Evidence:
    """Block the loop in psycopg, and with it every other request of this process."""
    with working("async-blocking") as evidence, pools.of_psycopg.connection() as connection:
        connection.execute("select content from asgi_matrix.items where id = %s", (next_key(),)).fetchone()
    return evidence
