"""What `plan` prints, for people and for programs."""

from pathlib import Path
from textwrap import dedent

import pytest

from harness.cli.terminal.listing import as_json, as_text
from tests.unit.matrix.written import JUDGED, plan_of

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


def test_people_see_the_cells_of_a_block_and_what_is_not_measured(tmp_path: Path) -> None:
    text = "\n".join(as_text(plan_of(tmp_path, MATRIX)))
    assert text == dedent(
        """\
        a listing
        2 blocks, each of 1 launch and 3 cells; should take about 3 s

        each block: 1 server alive together, measured in 1 round
          uvicorn: sleep, delay 100 ms, default thread limit, 1 worker, loop uvloop  0.90 s to start and stop
            def             burst of 1   engine  1 window  0.14 s
            def             burst of 50  engine  1 window  0.29 s
            async-blocking  burst of 1   engine  1 window  0.14 s

        not measured: 5 cells
          skipped: should take 5.09 s, beyond the deadline of 2 s; raise `deadline`, lower the concurrency or exclude it
            uvicorn: sleep, delay 100 ms, default thread limit, 1 worker, loop uvloop
              async-blocking (engine) 50
          unsupported: daphne has no uvloop loop; it can run asyncio
            daphne: sleep, delay 100 ms, default thread limit, 1 worker, loop uvloop
              def (engine) 1, 50
              async-blocking (engine) 1, 50
        """
    ).rstrip("\n")


STEADY = """\
title: a steady listing
scenario: noop
matrix:
  server: uvicorn
  style: async
  client: [engine, aiohttp]
  concurrency: [8, 64]
executor: closed-loop
warmup: 500ms
duration: 2s
blocks: 1
profiles:
  rates: {executor: constant-arrival-rate, matrix: {rate: [50, 2000], concurrency: 64}}
"""


def test_people_see_the_window_of_a_closed_loop(tmp_path: Path) -> None:
    text = "\n".join(as_text(plan_of(tmp_path, STEADY)))
    assert text == dedent(
        """\
        a steady listing
        1 block, each of 1 launch and 4 cells; should take about 11 s
        each cell is warmed up for 0.5 s, then measured for 2 s

        each block: 1 server alive together, measured in 1 round
          uvicorn: noop, default thread limit, 1 worker, loop uvloop  0.90 s to start and stop
            async  closed-loop of 8   engine   1 window  2.55 s
            async  closed-loop of 64  engine   1 window  2.60 s
            async  closed-loop of 8   aiohttp  1 window  2.55 s
            async  closed-loop of 64  aiohttp  1 window  2.60 s
        """
    ).rstrip("\n")


def test_people_see_the_rates_of_an_open_loop(tmp_path: Path) -> None:
    text = "\n".join(as_text(plan_of(tmp_path, STEADY, "rates")))
    assert text == dedent(
        """\
        a steady listing
        1 block, each of 1 launch and 2 cells; should take about 6 s
        each cell is warmed up for 0.5 s, then measured for 2 s

        each block: 1 server alive together, measured in 1 round
          uvicorn: noop, default thread limit, 1 worker, loop uvloop  0.90 s to start and stop
            async  constant-arrival-rate of 50/s, at most 64 connections    engine  1 window  2.60 s
            async  constant-arrival-rate of 2000/s, at most 64 connections  engine  1 window  2.60 s

        not measured: 2 cells
          unsupported: client aiohttp connects when it likes, so it cannot keep an open loop; use client engine
            uvicorn: noop, default thread limit, 1 worker, loop uvloop
              async (aiohttp) 64 at 50/s, 64 at 2000/s
        """
    ).rstrip("\n")


def test_programs_get_the_rates_of_an_open_loop(tmp_path: Path) -> None:
    listed = as_json(plan_of(tmp_path, STEADY, "rates"))
    assert {
        cell["rate"] for group in listed["order"][0] for launch in group["launches"] for cell in launch["cells"]
    } == {50, 2000}
    assert {refused["rate"] for refused in listed["refused"]} == {50, 2000}
    assert (listed["load"]["warmup_s"], listed["load"]["duration_s"]) == (0.5, 2.0)


def test_programs_get_the_same(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, MATRIX.replace("[1, 50]", "50").replace("blocks: 2", "blocks: 1"))
    daphne = {
        "scenario": "sleep",
        "server": "daphne",
        "thread_limit": "default",
        "workers": 1,
        "loop": "uvloop",
        "delay_s": 0.1,
        "pool_size": None,
        "parameters": {},
    }
    uvicorn = {**daphne, "server": "uvicorn"}
    offered = {"executor": "burst", "client": "engine", "concurrency": 50, "rate": None}
    no_loop = {"status": "unsupported", "reason": "daphne has no uvloop loop; it can run asyncio"}
    too_long = {
        "status": "skipped",
        "reason": "should take 5.09 s, beyond the deadline of 2 s; "
        "raise `deadline`, lower the concurrency or exclude it",
    }
    cell = {"cell": 0, "style": "def", **offered, "windows": 1, "predicted_s": 0.29}
    assert as_json(plan) == {
        "title": "a listing",
        "profile": None,
        "min_blocks": 1,
        "blocks": 1,
        "rounds": 10,
        "alive": plan.alive,
        "budget_s": None,
        "seed": 1,
        "load": {
            "settle_s": 0.01,
            "warmup_s": 1.0,
            "duration_s": 10.0,
            "processes": 1,
            "connections": "keep-alive",
        },
        "least_predicted_s": 1.19,
        "predicted_s": 1.19,
        "comparisons": [],
        "uncompared": 0,
        "controls": [],
        "thresholds": [],
        "requirements": ["daphne>=4.2", "uvicorn[standard]>=0.54"],
        "order": [[{"launches": [{**uvicorn, "predicted_s": 0.9, "cells": [cell]}], "rounds": [[0]]}]],
        "refused": [
            {**uvicorn, "style": "async-blocking", **offered, **too_long},
            {**daphne, "style": "def", **offered, **no_loop},
            {**daphne, "style": "async-blocking", **offered, **no_loop},
        ],
    }


def test_people_see_what_is_compared_repeated_and_asked_for(tmp_path: Path) -> None:
    text = "\n".join(as_text(plan_of(tmp_path, JUDGED, only=["thread_limit=2", "concurrency=2,3"])))
    assert text == dedent(
        """\
        something to judge
        1 to 30 blocks, each of 3 launches and 10 cells; should take about 17 s to 8 min 16 s
        A/A control: 2 cells of the baseline again, as uvicorn (A/A)
        6 comparisons:
          style def against async: 4 pairs
          server daphne against uvicorn, loop asyncio against uvloop: 2 pairs
        8 declared comparisons are not made: one of their cells cannot be measured, or is left out by --only
        7 thresholds:
          knee{style:def,thread_limit:2}: within(2,3), for 4 cells
          ratio{style:def,concurrency:2}: < 1.25, for 2 cells
          ratio{style:def,concurrency:2}: > 0.8, for 2 cells
          p99{style:async}: < 300ms, for 4 cells
          errors: == 0, for 8 cells
          health_async{server:uvicorn}: p50 < 20ms, for 4 cells
          health_async{server:uvicorn}: max < 1s, for 4 cells

        each block: 3 servers alive together, measured in 10 rounds
          uvicorn (A/A): sleep, delay 100 ms, thread limit 2, 1 worker, loop uvloop  0.90 s to start and stop
            async  burst of 2  engine  10 windows  1.31 s
            async  burst of 3  engine  10 windows  1.31 s
          daphne: sleep, delay 100 ms, thread limit 2, 1 worker, loop asyncio  1.00 s to start and stop
            def    burst of 2  engine  10 windows  1.31 s
            def    burst of 3  engine  10 windows  2.31 s
            async  burst of 2  engine  10 windows  1.31 s
            async  burst of 3  engine  10 windows  1.31 s
          uvicorn: sleep, delay 100 ms, thread limit 2, 1 worker, loop uvloop  0.90 s to start and stop
            def    burst of 2  engine  10 windows  1.31 s
            def    burst of 3  engine  10 windows  2.31 s
            async  burst of 2  engine  10 windows  1.31 s
            async  burst of 3  engine  10 windows  1.31 s

        up to 29 blocks more, of the cells that undecided comparisons and thresholds are about
        """
    ).rstrip("\n")


def test_people_see_that_a_threshold_holds_for_no_cell_of_what_is_measured(tmp_path: Path) -> None:
    lines = list(as_text(plan_of(tmp_path, JUDGED, only=["server=daphne", "concurrency=1", "style=def"])))
    assert lines[1:10] == [
        "1 block, each of 2 launches and 2 cells; should take about 1 s",
        "14 declared comparisons are not made: one of their cells cannot be measured, or is left out by --only",
        "7 thresholds:",
        "  knee{style:def,thread_limit:2}: within(2,3), for 1 cell",
        "  ratio{style:def,concurrency:2}: < 1.25, for no cell",
        "  ratio{style:def,concurrency:2}: > 0.8, for no cell",
        "  p99{style:async}: < 300ms, for no cell",
        "  errors: == 0, for 2 cells",
        "  health_async{server:uvicorn}: p50 < 20ms, for no cell",
    ]


def test_programs_get_pairs_and_thresholds_as_places_of_cells(tmp_path: Path) -> None:
    listed = as_json(plan_of(tmp_path, JUDGED, only=["thread_limit=2", "concurrency=2"]))
    (group,) = listed["order"][0]
    cells = {cell["cell"]: (turn["server"], cell["style"]) for turn in group["launches"] for cell in turn["cells"]}
    assert len(group["rounds"]) == 10
    assert sorted(group["rounds"][-1]) == [0, 1, 2, 3, 4]
    assert cells == {
        0: ("uvicorn", "def"),
        1: ("uvicorn", "async"),
        2: ("daphne", "def"),
        3: ("daphne", "async"),
        4: ("uvicorn (A/A)", "async"),
    }
    assert listed["comparisons"] == [
        {"cell": 0, "against": 1, "metric": "time"},
        {"cell": 2, "against": 3, "metric": "time"},
        {"cell": 3, "against": 1, "metric": "time"},
    ]
    assert listed["uncompared"] == 11
    assert listed["controls"] == [{"cell": 4, "against": 1}]
    assert listed["thresholds"][:2] == [
        {"written": "knee{style:def,thread_limit:2}: within(2,3)", "cells": [0, 2]},
        {"written": "ratio{style:def,concurrency:2}: < 1.25", "cells": [0, 2]},
    ]
    assert (listed["min_blocks"], listed["blocks"], len(listed["order"])) == (1, 30, 30)
    assert listed["predicted_s"] == pytest.approx(30 * listed["least_predicted_s"], rel=0.001)


def test_people_see_what_is_compared_by_another_metric_than_time(tmp_path: Path) -> None:
    text = MATRIX.replace("daphne", "granian") + "compare: [{server: all, against: uvicorn, metric: [time, cpu]}]\n"
    lines = list(as_text(plan_of(tmp_path, text)))
    first = lines.index("6 comparisons:")
    assert lines[first + 1 : first + 3] == [
        "  server granian against uvicorn: 3 pairs",
        "  server granian against uvicorn, by CPU per request: 3 pairs",
    ]
