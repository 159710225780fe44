"""What tests of this room share: matrix files written down in a folder, and what comes of planning them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import dedent

import pytest

from harness.matrix.planner import make_plan
from harness.model.errors import InputError
from harness.model.plan import Cell, Plan

GOOD = """\
title: a matrix
scenario: sleep
matrix:
  server: uvicorn
  style: [def, async]
  concurrency: [20, 40]
"""

OPEN_LOOP = f"{GOOD}  rate: [100, 200]\nexecutor: constant-arrival-rate\n"

JUDGED = """\
title: something to judge
scenario: sleep
matrix:
  server: [uvicorn, daphne]
  thread_limit: [2, 3]
  style: [def, async]
  concurrency: [1, around-knees]
  exclude: [{thread_limit: 3, concurrency: around-knees}]
blocks: {min: 1, max: 30}
baseline: {server: uvicorn, style: async, thread_limit: 2}
compare:
  - {style: [def, async]}
  - {server: all, against: baseline, where: {concurrency: [2, 3]}}
thresholds:
  knee{style:def,thread_limit:2}: within(2,3)
  ratio{style:def,concurrency:2}: [< 1.25, "> 0.8"]
  p99{style:async}: < 300ms
  errors: == 0
  health_async{server:uvicorn}: [p50 < 20ms, max < 1s]
"""

OWN = """\
scenario:
  - sleep
  - name: shop
    app: shop.main:create_app()
    path: shop
    requires: [django>=5, -r shop/requirements.txt]
    endpoints:
      def: {get: "/sync?a=$$1", expect: {status: 200, json: {ok: true, none: null, list: [1, 1.5]}}}
      async: {post: /items, json: {name: x, deep: ["$TOKEN"]}, headers: {authorization: Bearer $TOKEN}}
      form: {put: /form, form: {a: b}}
      body:
        patch: /body
        body: |
          one
          two
matrix:
  server: uvicorn
  style: all
  concurrency: 2
baseline: {scenario: shop, style: async}
compare: [{style: [def, async], where: {scenario: shop}}]
thresholds: {"p99{scenario:shop,style:body}": < 300ms}
"""


def everything_is_installed(_: str) -> bool:
    return True


def plan_of(
    folder: Path,
    text: str,
    profile: str | None = None,
    only: Sequence[str] = (),
    installed: Callable[[str], bool] = everything_is_installed,
) -> Plan:
    path = folder / "matrix.yaml"
    path.write_bytes(dedent(text).encode("utf-8", "surrogateescape"))
    return make_plan(path, profile, only, installed)


def problems_of(folder: Path, text: str, profile: str | None = None, only: Sequence[str] = ()) -> list[str]:
    """The lines of the refusal, without the folder."""
    with pytest.raises(InputError) as refusal:
        plan_of(folder, text, profile, only)
    return str(refusal.value).replace(f"{folder}/", "").split("\n")


def combination(cell: Cell) -> tuple[str, str, int | str, int, str, int | None, str, str, int, int | None]:
    launch = cell.launch
    return (
        *(launch.scenario, launch.server, launch.thread_limit, launch.workers),
        *(launch.loop, launch.pool_size, cell.client, cell.style, cell.concurrency, cell.rate),
    )
