"""The private PostgreSQL: who may use it, who runs it, and what is left of it."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import psycopg
import pytest

from harness.measure.services import postgres
from harness.measure.services.postgres import ACCOUNT_WITHOUT_RIGHTS, start_postgres
from harness.measure.services.service import ServiceContext, ServiceError
from harness.measure.stop import Stop
from harness.model.errors import InterruptedRunError
from tests.commands import ROOT, living, wait_until

AS_AN_ORDINARY_USER = """
import os, pwd, sys
from pathlib import Path
import psycopg, psutil
from harness.measure.services.postgres import start_postgres
from harness.measure.services.service import ServiceContext
from harness.measure.stop import Stop
account = pwd.getpwnam("nobody")
os.setgroups([])
os.setgid(account.pw_gid)
os.setuid(account.pw_uid)
context = ServiceContext(Path(os.devnull), (), Stop())
with start_postgres(context) as server, psycopg.connect(server.address) as connection:
    print(*connection.execute("select 6 * 7").fetchone(), psutil.Process(server.pids()[0]).username())
"""


def site(folder: Path) -> ServiceContext:
    return ServiceContext(folder / "postgres.log", (), Stop())


def value(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
        assert row is not None
        return row[0]


def test_it_listens_on_loopback_only_and_asks_for_its_password(postgres_url: str) -> None:
    assert value(postgres_url, "show listen_addresses") == "127.0.0.1"
    assert value(postgres_url, "show unix_socket_directories") == ""
    with psycopg.connect(postgres_url) as connection:
        it = connection.info
        wrong = postgres_url.replace(it.password, "guessed")
        without = postgres_url.replace(f":{it.password}", "")
    for address in (wrong, without):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(address)


def test_another_one_has_another_password(postgres_url: str, tmp_path: Path) -> None:
    with start_postgres(site(tmp_path)) as another:
        mine, theirs = (psycopg.conninfo.conninfo_to_dict(url) for url in (postgres_url, another.address))
    assert mine["password"] != theirs["password"]
    assert mine["port"] != theirs["port"]


def test_it_has_connections_for_the_pools_of_many_workers(postgres_url: str) -> None:
    assert value(postgres_url, "show max_connections") == "600"


def test_nothing_is_left_of_it_though_connections_are_open(tmp_path: Path) -> None:
    with start_postgres(site(tmp_path)) as server:
        connection = psycopg.connect(server.address)
        row = connection.execute("show data_directory").fetchone()
        assert row is not None
        data = Path(row[0])
        processes = [psutil.Process(pid) for pid in server.pids()]
        users = {process.username() for process in processes}
        assert data.is_dir()
        assert server.describe_exit() is None

    assert living(processes) == []
    assert len(processes) > 2
    assert not data.parent.exists()
    assert users == {ACCOUNT_WITHOUT_RIGHTS if os.geteuid() == 0 else psutil.Process().username()}
    connection.close()


def test_its_end_is_told_where_it_did_not_come_from_us(tmp_path: Path) -> None:
    with start_postgres(site(tmp_path)) as server:
        os.kill(server.pids()[0], signal.SIGKILL)
        wait_until(lambda: server.describe_exit() is not None)
        assert str(server.describe_exit()).startswith("PostgreSQL has exited with code -9; the end of its log:\n")


def test_who_wants_to_stop_need_not_wait_for_it_to_be_made(tmp_path: Path) -> None:
    where = site(tmp_path)
    where.stop.request()
    before = psutil.Process().children(recursive=True)
    with pytest.raises(InterruptedRunError), start_postgres(where):
        pass
    assert living([it for it in psutil.Process().children(recursive=True) if it not in before]) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_an_ordinary_user_runs_it_under_the_own_account() -> None:
    if not all(
        folder.stat().st_mode & 0o005 == 0o005 for folder in (ROOT, *ROOT.parents, *postgres.find_programs().parents)
    ):
        pytest.skip("this project or the package lies where only root may look")
    told = subprocess.run(
        [sys.executable, "-c", AS_AN_ORDINARY_USER],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == ["42", ACCOUNT_WITHOUT_RIGHTS]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to hand it to another account")
def test_root_is_told_which_folder_the_account_that_runs_it_may_not_enter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(tempfile, "tempdir", str(closed))
    with pytest.raises(ServiceError) as refusal, start_postgres(site(tmp_path)):
        pass
    assert str(refusal.value) == (
        f"PostgreSQL refuses to run as root, and the account nobody cannot run it in {closed}: Permission denied; "
        "set TMPDIR to a folder that everybody may enter, such as /tmp, or be an ordinary user"
    )
    assert list(closed.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to hand it to another account")
def test_root_is_told_that_there_is_no_such_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "ACCOUNT_WITHOUT_RIGHTS", "no-such-account")
    with (
        pytest.raises(ServiceError, match="the account no-such-account cannot run it"),
        start_postgres(site(tmp_path)),
    ):
        pass


def test_a_package_without_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "PACKAGE", "no_such_package")
    with pytest.raises(ServiceError) as refusal:
        postgres.find_programs()
    assert str(refusal.value) == (
        "there is no PostgreSQL in the package no_such_package; "
        'python -m pip install --force-reinstall "no-such-package"'
    )
