"""What the engine can do at most on this machine, against a target that does nothing but answer."""

import subprocess
import sys
from collections.abc import Sequence

from harness.measure.client.job import Job, RequestSpec
from harness.measure.load import Clients, LoadError
from harness.measure.noop_server import BODY
from harness.measure.process import end_process, find_free_port, pin_process
from harness.measure.stop import Stop
from harness.model.journal import Ceiling

CONCURRENCY = 64
WARMUP_S = 0.2
DURATION_S = 0.8
DEADLINE_S = 5.0


def measure_ceiling(clients: Clients, processes: int, on_cores: Sequence[int], stop: Stop) -> Ceiling:
    """The engine's ceiling, in about a second; the target runs on these cores only where some are given.

    Raises LoadError where it cannot be measured.
    """
    port = find_free_port()
    target = subprocess.Popen(
        [sys.executable, "-m", "harness.measure.noop_server", str(port)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        pin_process(target.pid, on_cores)
        assert target.stdout is not None
        # It says that it listens, or ends and says nothing.
        if not target.stdout.readline():
            raise LoadError("the target that the engine's ceiling is measured with could not be started")
        seen = clients.run(_make_job(port))
    finally:
        end_process(target, DEADLINE_S, stop)
        assert target.stdout is not None
        target.stdout.close()
    if seen.steady is None or seen.duration_s is None:
        raise LoadError(f"the engine's ceiling could not be measured: {seen.reason}")
    return Ceiling(
        rps=seen.steady.answered / seen.duration_s,
        concurrency=CONCURRENCY,
        processes=processes,
        client_cpu=seen.cpu_s / seen.duration_s / processes,
    )


def _make_job(port: int) -> Job:
    return Job(
        port=port,
        asked=[RequestSpec("/", body=BODY)],
        prime_path="/",
        client="engine",
        concurrency=CONCURRENCY,
        deadline_s=DEADLINE_S,
        executor="closed-loop",
        warmup_s=WARMUP_S,
        duration_s=DURATION_S,
    )
