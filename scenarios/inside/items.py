"""The table that is read from: in a schema of its own, made once by whoever comes first, and read by key.

Nothing else in the database is touched, and what is there already is left as it is.
"""

from itertools import count

from scenarios.inside.postgres import address

ROWS = 10_000
STRIDE = 7_919
"""Keys that are asked for one after the other lie this far apart: a prime, so that every key has its turn."""

MAKE = (
    "create schema asgi_matrix",
    "create table asgi_matrix.items (id integer primary key, content text not null)",
    f"insert into asgi_matrix.items select id, md5(id::text) from generate_series(1, {ROWS}) as id",  # noqa: S608 - a constant
)
IS_MADE = "select to_regclass('asgi_matrix.items') is not null"

LOCK = 0x61736769
"""What the workers of all launches wait for before they look: the letters "asgi" as a number."""

_reads = count()


def make_items() -> None:
    """Make the table with all its rows, unless it is there."""
    import psycopg

    with psycopg.connect(address()) as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", (LOCK,))
        is_made = connection.execute(IS_MADE).fetchone()
        if is_made != (True,):
            for command in MAKE:
                connection.execute(command)


def next_key() -> int:
    """The key of a row, another one each time; fit for threads."""
    return next(_reads) * STRIDE % ROWS + 1
