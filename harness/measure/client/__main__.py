"""A load process: `python -m harness.measure.client engine`, `sessions` (the aiohttp clients) or `health`."""

import asyncio
import gc
import os
import sys
from importlib import import_module

import uvloop

from harness.measure.client.harness_pipe import serve_jobs


def main(name: str) -> None:
    """Serve jobs with the module of this name. Garbage is collected between jobs, never during one."""
    handle_job = import_module(f"harness.measure.client.{name}").handle_job
    gc.disable()
    gc.collect()
    gc.freeze()
    with asyncio.Runner(loop_factory=None if name == "sessions" else uvloop.new_event_loop) as runner:
        serve_jobs(handle_job, runner)
        # The harness is gone: nobody waits for connections that are still open, as closing the loop would.
        os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
