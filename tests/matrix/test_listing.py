"""What `plan` prints, for people and for programs."""

from pathlib import Path
from textwrap import dedent

from harness.matrix.listing import as_json, as_text
from tests.matrix.written import plan_of

MATRIX = """\
title: a listing
scenario: sleep
matrix:
  server: [uvicorn, daphne]
  loop: uvloop
  style: [def, async-blocking]
  concurrency: [1, 50]
blocks: 2
deadline: 2s
"""


def test_people_see_every_block_in_its_order_and_what_is_not_measured(tmp_path: Path) -> None:
    text = "\n".join(as_text(plan_of(tmp_path, MATRIX)))
    assert text == dedent(
        """\
        a listing
        2 blocks, each of 1 launch and 3 cells; should take about 3 s

        block 1
          uvicorn: sleep of 0.1 s, thread limit default, 1 worker, uvloop  0.90 s to start and stop
            def              burst of 1     aiohttp  0.11 s
            def              burst of 50    aiohttp  0.26 s
            async-blocking   burst of 1     aiohttp  0.11 s

        block 2
          uvicorn: sleep of 0.1 s, thread limit default, 1 worker, uvloop  0.90 s to start and stop
            async-blocking   burst of 1     aiohttp  0.11 s
            def              burst of 50    aiohttp  0.26 s
            def              burst of 1     aiohttp  0.11 s

        not measured: 5 cells
          skipped: should take 5.06 s, beyond the deadline of 2 s; raise `deadline`, lower the concurrency or exclude it
            uvicorn: sleep of 0.1 s, thread limit default, 1 worker, uvloop
              async-blocking (aiohttp) 50
          unsupported: daphne has no uvloop loop; it can run asyncio
            daphne: sleep of 0.1 s, thread limit default, 1 worker, uvloop
              def (aiohttp) 1, 50
              async-blocking (aiohttp) 1, 50
        """
    ).rstrip("\n")


def test_programs_get_the_same(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, MATRIX.replace("[1, 50]", "50").replace("blocks: 2", "blocks: 1"))
    daphne = {
        "scenario": "sleep",
        "server": "daphne",
        "thread_limit": "default",
        "workers": 1,
        "loop": "uvloop",
        "delay_s": 0.1,
    }
    uvicorn = {**daphne, "server": "uvicorn"}
    offered = {"executor": "burst", "client": "aiohttp", "concurrency": 50}
    no_loop = {"status": "unsupported", "reason": "daphne has no uvloop loop; it can run asyncio"}
    too_long = {
        "status": "skipped",
        "reason": "should take 5.06 s, beyond the deadline of 2 s; "
        "raise `deadline`, lower the concurrency or exclude it",
    }
    assert as_json(plan) == {
        "title": "a listing",
        "profile": None,
        "blocks": 1,
        "seed": 1,
        "predicted_s": 1.16,
        "requirements": ["daphne>=4.2", "uvicorn[standard]>=0.54"],
        "order": [
            [{**uvicorn, "predicted_s": 0.9, "cells": [{"cell": 0, "style": "def", **offered, "predicted_s": 0.26}]}]
        ],
        "refused": [
            {**uvicorn, "style": "async-blocking", **offered, **too_long},
            {**daphne, "style": "def", **offered, **no_loop},
            {**daphne, "style": "async-blocking", **offered, **no_loop},
        ],
    }
