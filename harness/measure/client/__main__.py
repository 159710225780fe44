"""Take jobs from standard input until it ends, answer each on standard output."""

import asyncio
import gc
import sys

from harness.measure.client.burst import burst
from harness.measure.client.job import job_from, to_line


def main() -> None:
    """Serve jobs; the collector runs between them, never in them."""
    gc.collect()
    gc.freeze()
    gc.disable()
    sys.stdout.buffer.write(b"ready\n")
    sys.stdout.buffer.flush()
    with asyncio.Runner() as runner:
        for line in sys.stdin.buffer:
            result = runner.run(burst(job_from(line)))
            sys.stdout.buffer.write(to_line(result))
            sys.stdout.buffer.flush()
            gc.collect()


if __name__ == "__main__":
    main()
