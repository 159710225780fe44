"""Makes cities.db: a table of a thousand rows."""

import sqlite3
from contextlib import closing
from pathlib import Path

with closing(sqlite3.connect(Path(__file__).with_name("cities.db"))) as database, database:
    database.execute("create table if not exists cities (id integer primary key, name text, people integer)")
    rows = ((number, f"city {number}", number * 1000) for number in range(1000))
    database.executemany("insert or replace into cities values (?, ?, ?)", rows)
