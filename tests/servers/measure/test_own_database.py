"""Runs on PostgreSQL: a private one ends with the run, and of one that is the user's no secret is left anywhere."""

import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Literal

from harness.matrix.planner import make_plan
from harness.measure import run
from harness.measure.stop import Stop
from harness.model import journal
from harness.model.journal import Header, Launched
from tests.builders.launches import as_planned
from tests.commands import ENDS_WITHIN_S, call, children, command_lines, living, samples, start, wait_until

WORD = "b7!f@0c:9/d%e1"
ENCODED = quote(WORD, safe="")
"""A password with signs that mean something in a URL, and as it stands there."""

MATRIX = """\
title: on PostgreSQL
scenario: database-read
matrix: {server: uvicorn, thread_limit: 3, pool_size: 2, style: [def, async], concurrency: 4}
blocks: 1
ready_timeout: 120s
"""


@pytest.fixture
def matrix(tmp_path: Path) -> Path:
    path = tmp_path / "matrix.yaml"
    path.write_text(MATRIX)
    return path


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "runs"


@pytest.fixture
def port(postgres_url: str) -> Iterator[int]:
    """The port of a server that is somebody else's: it knows a role `stranger` with that password."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("drop schema if exists asgi_matrix cascade")
        connection.execute(SQL("create role stranger login password {}").format(Literal(WORD)))
        connection.execute("grant create on database postgres to stranger")
        yield int(str(conninfo_to_dict(postgres_url)["port"]))
        connection.execute("drop owned by stranger cascade")
        connection.execute("drop role stranger")


def run_folder(output: Path) -> Path:
    (folder,) = (path for path in output.iterdir() if path.is_dir())
    return folder


def files_that_hold(secrets: tuple[str, ...], folder: Path) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return [path for path in files if any(secret.encode() in path.read_bytes() for secret in secrets)]


def test_a_server_given_by_url_is_used_and_its_secrets_are_left_nowhere(
    port: int, matrix: Path, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    matrix.write_text(f"database: {{url: 'postgresql://stranger:$STRANGERS@127.0.0.1:{port}/postgres'}}\n{MATRIX}")
    monkeypatch.setenv("STRANGERS", ENCODED)
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/which-does-not-count")

    code, told, errors = call("run", matrix, "--output", output)

    folder = run_folder(output)
    report = (folder / "README.md").read_text()
    assert code == 0
    assert [sample.status for sample in samples(folder)] == ["ok", "ok"]
    assert "| database | a PostgreSQL that the matrix names |" in report
    assert "| PostgreSQL, read back from inside | 18." in report
    assert "$STRANGERS" in (folder / "matrix.yaml").read_text()
    assert files_that_hold((WORD, ENCODED), folder) == []
    assert not any(secret in told + errors for secret in (WORD, ENCODED))


def test_what_a_driver_quotes_of_a_url_is_not_written_down(
    matrix: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quoted = "in-vain%zz"
    monkeypatch.setenv("DATABASE_URL", f"postgresql://stranger:{quoted}@127.0.0.1:1/postgres")
    plan = make_plan(matrix)
    folder = tmp_path / "run"
    folder.mkdir()

    run.begin(plan, folder, as_planned(plan), Stop(), lambda _: None)

    records = list(journal.read(journal.find(folder)))
    (header,) = (record for record in records if isinstance(record, Header))
    (launched,) = (record for record in records if isinstance(record, Launched))
    assert header.environment["database"] == "a PostgreSQL that the environment names"
    assert 'invalid percent-encoded token: "$DATABASE_URL' in str(launched.reason)
    assert (folder / run.LOGS / "launch-1.log").exists()
    assert files_that_hold((quoted, "in-vain"), folder) == []


def test_a_private_one_ends_with_a_run_that_is_stopped(matrix: Path, output: Path) -> None:
    matrix.write_text(MATRIX.replace("blocks: 1", "blocks: 9"))
    process = start("run", matrix, "--output", output)
    wait_until(lambda: any("scenarios.inside.app:app" in line for line in command_lines(process)))
    started = children(process)
    assert any("postgres" in child.name() for child in started)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=ENDS_WITHIN_S)

    assert process.returncode == 130
    assert living(started) == []
