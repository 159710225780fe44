"""The scenario that reads by key: its table is made once, whoever comes first, and nothing else is touched."""

from pathlib import Path

from harness.matrix.catalog import scenario_catalog
from tests.servers.scenarios.served import done, got, launch_of, rows, serving

STYLES = tuple(scenario_catalog()["database-read"].styles)
TABLES = "select schemaname || '.' || relname, relid from pg_stat_user_tables order by 1"


def test_workers_that_start_at_once_make_the_table_once_and_those_that_follow_leave_it_alone(
    postgres_url: str, tmp_path: Path
) -> None:
    done(postgres_url, "drop schema if exists asgi_matrix cascade")
    with serving(launch_of("database-read", 3, 1, workers=3), ("def",), postgres_url, tmp_path):
        made = rows(postgres_url, TABLES)
    with serving(launch_of("database-read", 3, 1), ("def",), postgres_url, tmp_path):
        pass

    assert [name for name, _ in made] == ["asgi_matrix.items"]
    assert rows(postgres_url, TABLES) == made
    assert rows(postgres_url, "select count(*), min(id), max(id) from asgi_matrix.items") == [(10_000, 1, 10_000)]


def test_every_style_reads_the_table(postgres_url: str, tmp_path: Path) -> None:
    with serving(launch_of("database-read", 3, 2), STYLES, postgres_url, tmp_path) as server:
        there = {style: got(server, f"/{style}")[0] for style in STYLES}
        done(postgres_url, "alter table asgi_matrix.items rename to hidden")
        try:
            hidden = {style: got(server, f"/{style}")[0] for style in STYLES}
        finally:
            done(postgres_url, "alter table asgi_matrix.hidden rename to items")

    assert there == dict.fromkeys(STYLES, 200)
    assert hidden == dict.fromkeys(STYLES, 500)
