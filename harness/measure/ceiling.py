"""The ceiling of the load engine: its throughput against a no-op server on this machine."""

import subprocess
import sys
from collections.abc import Sequence

from harness.measure.client.job import Job, RequestSpec
from harness.measure.load import Clients, LoadError
from harness.measure.noop_server import BODY
from harness.measure.process import end_process, find_free_port, pin_process
from harness.measure.stop import Stop
from harness.model.executors import CLOSED_LOOP
from harness.model.journal import Ceiling

CONCURRENCY = 64
WARMUP_S = 0.2
DURATION_S = 0.8
DEADLINE_S = 5.0


def measure_ceiling(clients: Clients, processes: int, cores: Sequence[int], stop: Stop) -> Ceiling:
    """Measure the ceiling in about a second; the no-op server runs on `cores`, or on any if none are given.

    Raises LoadError if that fails.
    """
    port = find_free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "harness.measure.noop_server", str(port)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert server.stdout is not None
    try:
        pin_process(server.pid, cores)
        # It writes a line when it listens; if it ends without one, it failed.
        if not server.stdout.readline():
            raise LoadError("the no-op server for the load generator's ceiling could not be started")
        result = clients.run(_make_job(port))
    finally:
        end_process(server, DEADLINE_S, stop)
        server.stdout.close()
    if result.steady is None or result.duration_s is None:
        raise LoadError(f"the load generator's ceiling could not be measured: {result.reason}")
    return Ceiling(
        rps=result.steady.answered / result.duration_s,
        concurrency=CONCURRENCY,
        processes=processes,
        client_cpu=result.cpu_s / result.duration_s / processes,
    )


def _make_job(port: int) -> Job:
    return Job(
        port=port,
        requests=[RequestSpec("/", expected_body=BODY)],
        prime_path="/",
        client="engine",
        concurrency=CONCURRENCY,
        deadline_s=DEADLINE_S,
        executor=CLOSED_LOOP.name,
        warmup_s=WARMUP_S,
        duration_s=DURATION_S,
    )
