"""sqlite: one row by its key from a SQLite file."""

import os
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING

from scenarios.inside.launched import launch_settings
from scenarios.kit import Evidence, Scenario, working

if TYPE_CHECKING:
    import aiosqlite

ROWS = 10_000
KEY = 4_711
READ = "select content from items where id = ?"


class SqliteConnections:
    """The connections of this process: one per thread, one for the loop, and one of aiosqlite in its own thread."""

    def __init__(self) -> None:
        self.of_thread = threading.local()
        self.of_loop: sqlite3.Connection
        self.awaited: aiosqlite.Connection


connections = SqliteConnections()


def database_path() -> Path:
    """Return the database file of this process."""
    return Path(launch_settings().folder) / f"{os.getpid()}.sqlite"


@asynccontextmanager
async def around() -> AsyncIterator[None]:
    """Make the file with its table, and open the connections that are kept."""
    with closing(sqlite3.connect(database_path())) as made, made:
        made.execute("create table items (id integer primary key, content text not null)")
        made.executemany("insert into items values (?, ?)", ((key, f"item {key}") for key in range(ROWS)))
    with closing(sqlite3.connect(database_path())) as connections.of_loop:
        if "async" in launch_settings().styles:
            import aiosqlite

            async with aiosqlite.connect(database_path()) as connections.awaited:
                yield
        else:
            yield


scenario = Scenario(
    shows=(
        "One row by its key from a SQLite file, which takes microseconds and waits for no network. Here a call that "
        "blocks the loop is over before a thread has been woken for it: `async-blocking`, a mistake elsewhere, costs "
        "the least, as long as every query is this short and no other process holds the file locked. aiosqlite hands "
        "every call to a thread of its own, one at a time."
    ),
    reports={"Why is aiosqlite so much slower than sqlite3?": "https://github.com/omnilib/aiosqlite/issues/97"},
    around=around,
)


@scenario.style("def", using="sqlite3")
def blocks_a_thread() -> Evidence:
    """Read with sqlite3 in a thread, over a connection that this thread keeps."""
    with working("def") as evidence:
        if not hasattr(connections.of_thread, "connection"):
            connections.of_thread.connection = sqlite3.connect(database_path())
        connections.of_thread.connection.execute(READ, (KEY,)).fetchone()
    return evidence


@scenario.style("async", using="aiosqlite", requires=("aiosqlite>=0.22",))
async def awaits() -> Evidence:
    """Await aiosqlite, over the one connection that all requests share."""
    with working("async") as evidence:
        async with connections.awaited.execute(READ, (KEY,)) as cursor:
            await cursor.fetchone()
    return evidence


@scenario.style("async-blocking", using="sqlite3")
async def blocks_the_loop() -> Evidence:
    """Read with sqlite3 on the loop, and with that hold up every other request of this process for a moment."""
    with working("async-blocking") as evidence:
        connections.of_loop.execute(READ, (KEY,)).fetchone()
    return evidence
