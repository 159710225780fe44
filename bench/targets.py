"""What load is offered to: a no-op server, a server with known latencies, or an app on uvicorn."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.cores import start_on_cores
from bench.tools import ToolError, find_tool
from harness.matrix.catalog import server_catalog
from harness.measure.client.job import Job, RequestSpec
from harness.measure.noop_server import BODY
from harness.measure.process import end_process, find_free_port, quote_log_end, start_process
from harness.measure.readiness import wait_until_ready
from harness.measure.server import LaunchContext, RunningServer, start_server
from harness.measure.stop import Stop
from harness.model.executors import CLOSED_LOOP
from harness.model.plan import Launch, Limits, Variant
from servers.adapter import HOST

ROOT = Path(__file__).resolve().parent.parent
CONNECTIONS = 64
WARMUP_S = 0.3
DEADLINE_S = 5.0
LIMITS = Limits(ready_s=20.0, cell_s=30.0, stop_s=10.0)
POLL_S = 0.01

NGINX = """\
daemon off;
worker_processes {workers};
pid nginx.pid;
error_log stderr;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server {{
        listen {host}:{port};
        default_type application/json;
        location / {{ return 200 '{body}'; }}
    }}
}}
"""


@contextmanager
def start_bare_target(part: str, cores: Sequence[int]) -> Iterator[int]:
    """Start a server that answers everything with `BODY`, and give its port.

    It is nginx with a worker for each of these cores, or the harness's own if nginx is not installed.
    """
    port = find_free_port()
    with tempfile.TemporaryDirectory(prefix="asgi-matrix-") as name:
        command = _make_bare_command(part, port, Path(name), workers=max(1, len(cores)))
        with _start_target(command, port, Path(name), cores):
            yield port


@contextmanager
def start_scripted_target(seed: int, log: Path, cores: Sequence[int]) -> Iterator[int]:
    """Start the scripted server and give its port. When it has ended, its log is there."""
    port = find_free_port()
    command = [sys.executable, "-m", "bench.scripted_server", str(port), str(seed), str(log)]
    with _start_target(command, port, log.parent, cores):
        yield port


@contextmanager
def start_app(scenario: str, delay_s: float | None, cores: Sequence[int]) -> Iterator[RunningServer]:
    """Start the app of a scenario on uvicorn and wait until it is ready."""
    launch = Launch(scenario, "uvicorn", "default", 1, server_catalog()["uvicorn"].loops[0], delay_s)
    stop = Stop()
    with tempfile.TemporaryDirectory(prefix="asgi-matrix-") as name:
        log = Path(name) / "server.log"
        with start_server(launch, Variant("uvicorn"), LIMITS, log, stop, LaunchContext(cores)) as server:
            wait_until_ready(server, launch, LIMITS, stop)
            yield server


def make_bare_job(port: int, client: str, duration_s: float) -> Job:
    """Return a closed loop on the bare target; jobs of other executors are made from it."""
    return Job(
        port=port,
        requests=[RequestSpec("/", expected_body=BODY)],
        prime_path="/",
        client=client,
        concurrency=CONNECTIONS,
        deadline_s=DEADLINE_S,
        executor=CLOSED_LOOP.name,
        warmup_s=WARMUP_S,
        duration_s=duration_s,
    )


def _make_bare_command(part: str, port: int, folder: Path, workers: int) -> list[str]:
    nginx = find_tool("nginx", part)
    if nginx is None:
        return [sys.executable, "-m", "harness.measure.noop_server", str(port)]
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(workers=workers, host=HOST, port=port, body=BODY))
    return [nginx, "-p", str(folder), "-c", str(configuration)]


@contextmanager
def _start_target(command: list[str], port: int, folder: Path, cores: Sequence[int]) -> Iterator[None]:
    with (folder / "target.log").open("wb") as log:
        with start_on_cores(cores):
            target = start_process(command, {**os.environ, "PYTHONPATH": str(ROOT)}, folder, log)
        try:
            _wait_until_it_listens(target, port, Path(log.name))
            yield
        finally:
            end_process(target, LIMITS.stop_s, Stop())


def _wait_until_it_listens(target: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline_s = time.monotonic() + LIMITS.ready_s
    while True:
        try:
            socket.create_connection((HOST, port)).close()
        except OSError:
            if target.poll() is not None or time.monotonic() > deadline_s:
                raise ToolError(f"the target does not listen on port {port}; {quote_log_end(log)}") from None
            time.sleep(POLL_S)
        else:
            return
