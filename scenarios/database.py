"""database: one query to PostgreSQL that takes a set time there, over a pool of connections."""

from scenarios.inside.launched import delay_s
from scenarios.inside.postgres import ASYNCPG, OPENERS, REQUIRES, SQLALCHEMY, make_statement, open_pools, pools
from scenarios.kit import (
    Evidence,
    Scenario,
    delay,
    in_pool_waves,
    in_thread_and_pool_waves,
    one_by_one,
    pool_size,
    working,
)

scenario = Scenario(
    shows=(
        "One query that takes a set time in a real PostgreSQL (`pg_sleep`), over a pool of open connections. "
        "Once requests outnumber connections, the pool sets the pace and no style can do better: `def` waits for the "
        "pool in its threads, `async def` on the loop. Each driver and pool is used as it comes, with its own habits: "
        "psycopg and SQLAlchemy open a transaction, asyncpg clears the connection that it takes back."
    ),
    parameters=(delay(0.1, "How long the query takes in the database."), pool_size(10)),
    reports={
        "Is asyncpg slower than psycopg2?": "https://github.com/fastapi/fastapi/issues/902",
        "Why does the connection pool run out?": "https://github.com/fastapi/fastapi/issues/27",
    },
    requires=REQUIRES,
    service="postgres",
    around=lambda: open_pools(OPENERS),
)


@scenario.style("async", model=in_pool_waves, using="asyncpg", requires=(ASYNCPG,))
async def awaits_asyncpg() -> Evidence:
    """Await asyncpg, over its own pool."""
    with working("async") as evidence:
        async with pools.of_asyncpg.acquire() as connection:
            await connection.execute("select pg_sleep($1)", delay_s())
    return evidence


@scenario.style("async-psycopg", model=in_pool_waves, using="psycopg")
async def awaits_psycopg() -> Evidence:
    """Await psycopg, over its own pool."""
    with working("async-psycopg") as evidence:
        async with pools.of_psycopg_async.connection() as connection:
            await connection.execute("select pg_sleep(%s)", (delay_s(),))
    return evidence


@scenario.style("async-sqlalchemy", model=in_pool_waves, using="SQLAlchemy", requires=(SQLALCHEMY, ASYNCPG))
async def awaits_sqlalchemy() -> Evidence:
    """Await a session of SQLAlchemy, over its pool of asyncpg connections."""
    with working("async-sqlalchemy") as evidence:
        async with pools.sessions_async() as session:
            await session.execute(make_statement("select pg_sleep(:delay_s)"), {"delay_s": delay_s()})
    return evidence


@scenario.style("def", model=in_thread_and_pool_waves, using="psycopg")
def blocks_in_psycopg() -> Evidence:
    """Block a thread in psycopg, over its own pool."""
    with working("def") as evidence, pools.of_psycopg.connection() as connection:
        connection.execute("select pg_sleep(%s)", (delay_s(),))
    return evidence


@scenario.style("def-sqlalchemy", model=in_thread_and_pool_waves, using="SQLAlchemy", requires=(SQLALCHEMY,))
def blocks_in_sqlalchemy() -> Evidence:
    """Block a thread in a session of SQLAlchemy, over its pool of psycopg connections."""
    with working("def-sqlalchemy") as evidence, pools.sessions() as session:
        session.execute(make_statement("select pg_sleep(:delay_s)"), {"delay_s": delay_s()})
    return evidence


@scenario.style("async-blocking", model=one_by_one, using="psycopg")
async def blocks_the_loop() -> Evidence:
    """Block the loop in psycopg, and with it every other request of this process: the mistake."""
    with working("async-blocking") as evidence, pools.of_psycopg.connection() as connection:
        connection.execute("select pg_sleep(%s)", (delay_s(),))
    return evidence
