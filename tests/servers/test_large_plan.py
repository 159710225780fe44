"""A plan of very many cells is made in a process that loads nothing heavy."""

import subprocess
import sys
from pathlib import Path

from tests.commands import ROOT

PRINT_PLAN = """
import sys
from pathlib import Path
from harness.cli.terminal.listing import as_text
from harness.matrix.planner import make_plan
sys.stdout.writelines(f"{line}\\n" for line in as_text(make_plan(Path(sys.argv[1]))))
heavy = {"fastapi", "aiohttp", "uvicorn"} & set(sys.modules)
assert not heavy, heavy
"""


def printed_plan(path: Path) -> list[str]:
    """The lines of a plan, made in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", PRINT_PLAN, str(path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def test_a_hundred_thousand_cells_can_be_planned(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_text(
        f"""\
title: large
scenario: sleep
delay: 10ms
matrix:
  server: [uvicorn, granian]
  thread_limit: [{", ".join(map(str, range(1, 51)))}]
  workers: [1, 2, 3, 4, 5]
  style: [def, async]
  concurrency: [{", ".join(map(str, range(1, 101)))}]
  exclude: [{{style: def, concurrency: [1, 2, 3]}}, {{workers: 3, thread_limit: [4, 5]}}]
compare:
  - {{style: [def, async]}}
  - {{thread_limit: all, against: baseline}}
baseline: {{thread_limit: 40, style: async}}
thresholds:
  ratio{{style:def}}: < 1.25
profiles:
  smaller: {{blocks: 1}}
"""
    )
    assert len(printed_plan(path)) > 98_712
