import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.analysis.findings import Steps
from harness.model.journal import Window
from harness.model.plan import Plan
from tests.builders.journals import LAUNCH, cell, dice, findings, good, plan, run

POINTS = (1, 10, 40, 41, 80, 81)
BLOCKS = 6


def swept(*points: int) -> Plan:
    return plan(*(cell(style, point) for point in points for style in ("def", "async")), blocks=BLOCKS)


def measured(folder: Path, model_s: Callable[[int], float], points: tuple[int, ...] = POINTS) -> Steps | None:
    """The steps of bursts of `def` that take what a model says, 1% more or less."""
    whole, rolls = swept(*points), dice(7)

    def sample(block: int, launch: int, place: int) -> Window:
        planned = whole.cells[place]
        took_s = model_s(planned.concurrency) if planned.style == "def" else 0.1
        return good(block, launch, place, took_s * rolls.uniform(0.99, 1.01), process=[0] * planned.concurrency)

    (knee,) = findings(folder, *run(whole, sample)).knees
    return knee.steps


def test_a_staircase_is_found_with_its_threads_and_its_overhead(tmp_path: Path) -> None:
    found = measured(tmp_path, lambda requests: math.ceil(requests / 40) * 0.1 + requests * 200e-6)

    assert found is not None
    assert (found.fit.threads_low, found.fit.threads_high) == (40, 40)
    assert found.fit.overhead_s == pytest.approx(200e-6, rel=0.2)
    assert found.fit.misfit < 0.02 < found.line_misfit
    assert found.low is not None
    assert found.low > 5


def test_a_line_is_not_mistaken_for_a_staircase(tmp_path: Path) -> None:
    found = measured(tmp_path, lambda requests: 0.1 + requests * 0.005)

    assert found is not None
    assert found.high is not None
    assert found.high < 1


def test_too_few_points_make_no_fit(tmp_path: Path) -> None:
    assert measured(tmp_path, lambda _: 0.1, points=(1, 40, 41)) is None


def test_the_busiest_worker_is_what_counts(tmp_path: Path) -> None:
    two = replace(LAUNCH, workers=2)
    points = (2, 20, 80, 82, 160, 162)
    whole = plan(*(cell(style, point, two) for point in points for style in ("def", "async")), blocks=BLOCKS)

    def sample(block: int, launch: int, place: int) -> Window:
        planned = whole.cells[place]
        mine = planned.concurrency // 2
        took_s = math.ceil(mine / 40) * 0.1 if planned.style == "def" else 0.1
        return good(block, launch, place, took_s, process=[0] * mine + [1] * mine)

    (knee,) = findings(tmp_path, *run(whole, sample)).knees

    assert knee.steps is not None
    assert (knee.steps.fit.threads_low, knee.steps.fit.threads_high) == (40, 40)
