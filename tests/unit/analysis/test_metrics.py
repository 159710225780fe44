"""What comparisons by other metrics than time are read from, and when they say nothing."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.analysis.findings import Comparison, Outcome, Withheld, Withholding
from harness.analysis.metrics import READERS
from harness.analysis.statistics.verdicts import FASTER, SAME, SLOWER
from harness.analysis.stopping import decide_course
from harness.model.errors import InputError
from harness.model.journal import Launched, Record, ServerCost, Window
from harness.model.metrics import CPU, MEMORY, METRICS, P99, READY, TIME
from harness.model.outcomes import RequestOutcome
from harness.model.plan import Course, Pair, Plan, Threshold
from tests.builders.executors import CLOSED_LOOP
from tests.builders.journals import (
    LAUNCH,
    cell,
    findings,
    good,
    lost,
    plan,
    read_tally,
    run,
    steady_cell,
    times,
    window,
)

TWICE = replace(LAUNCH, server="uvicorn (A/A)")
OTHER = replace(LAUNCH, server="granian")
READY_S = {"uvicorn": 0.5, "granian": 1.0, "uvicorn (A/A)": 0.5}
ANOTHER = [name for name in METRICS if name != TIME.name]


def close(value: float) -> Any:
    """A figure that may be off by a rounding."""
    return pytest.approx(value)


def compared(*metrics: str, blocks: int = 8) -> Plan:
    """granian is held against uvicorn by each of these, and uvicorn is measured twice."""
    cells = (cell("async", launch=OTHER), cell("async"), cell("async", launch=TWICE))
    pairs = tuple(Pair(0, 1, metric) for metric in metrics)
    return plan(*cells, blocks=blocks, comparisons=pairs, controls=(Pair(2, 1),))


def costing(block: int, launch: int, place: int) -> Window:
    """In the first cell, 300 requests take the same time, twice the CPU, half the memory and twice the p99."""
    is_first = place == 0
    slow_us = 200_000 if is_first else 100_000
    sample = good(block, launch, place, 0.2, process=[0] * 300, answered_us=[50_000] * 290 + [slow_us] * 10)
    cost = ServerCost(
        cpu_s=0.6 if is_first else 0.3, requests=300, peak_memory_mb=40.0 if is_first else 80.0, threads=4
    )
    return replace(sample, server=cost)


def measured(folder: Path, of: Plan, sample_of: Callable[[int, int, int], Window] = costing) -> tuple[Comparison, ...]:
    return findings(folder, *starting(of, sample_of)).comparisons


def starting(of: Plan, sample_of: Callable[[int, int, int], Window] = costing) -> list[Record]:
    """The journal of a run whose servers took their time to get ready."""
    return [
        replace(record, ready_s=READY_S[record.settings.server]) if isinstance(record, Launched) else record
        for record in run(of, sample_of)
    ]


def test_every_metric_has_a_reader() -> None:
    assert READERS.keys() == METRICS.keys()


def test_each_metric_is_the_ratio_of_its_own_figure_within_a_block(tmp_path: Path) -> None:
    found = measured(tmp_path, compared(*METRICS, blocks=10))
    assert [(one.metric, one.ratio, one.verdict) for one in found] == [
        ("time", close(1.0), SAME),
        ("cpu", close(2.0), SLOWER),
        ("memory", close(0.5), FASTER),
        ("p99", close(2.0), SLOWER),
        ("ready", close(2.0), SLOWER),
    ]


def test_comparisons_of_all_metrics_share_what_may_be_missed(tmp_path: Path) -> None:
    (alone,) = measured(tmp_path, compared(MEMORY.name))
    together = measured(tmp_path, compared(TIME.name, MEMORY.name))
    assert alone.may_miss == 0.05
    assert [one.may_miss for one in together] == [0.05, 0.025]


def test_a_p99_of_too_few_requests_is_said_and_not_waited_for(tmp_path: Path) -> None:
    def sample(block: int, launch: int, place: int) -> Window:
        return good(block, launch, place, 0.1, process=[0] * 298)

    whole = replace(compared(P99.name), min_blocks=6, blocks=30)
    records = [record for record in starting(whole, sample) if getattr(record, "block", 0) <= 6]
    assert decide_course(read_tally(iter(records))) == Course(6)
    (found,) = findings(tmp_path, *records).comparisons
    assert (found.ratio, found.verdict, found.withheld) == (None, None, Withholding(Withheld.TOO_FEW_REQUESTS))


@pytest.mark.parametrize("metric", [CPU.name, MEMORY.name])
def test_a_server_that_nobody_watched_has_no_figure(metric: str, tmp_path: Path) -> None:
    (found,) = measured(tmp_path, compared(metric), good)
    assert (found.verdict, found.withheld) == (None, Withholding(Withheld.NOT_MEASURED))


@pytest.mark.parametrize("metric", [CPU.name, MEMORY.name, P99.name])
def test_a_block_that_is_lost_counts_against_every_metric_of_its_load(metric: str, tmp_path: Path) -> None:
    def sample(block: int, launch: int, place: int) -> Window:
        return lost(block, launch, place, "gone") if (block, place) == (3, 0) else costing(block, launch, place)

    (found,) = measured(tmp_path, compared(metric), sample)
    assert found.withheld == Withholding(Withheld.BLOCKS_LOST, lost=1, blocks=8)


def test_a_server_got_ready_even_if_its_load_failed(tmp_path: Path) -> None:
    (found,) = measured(tmp_path, compared(READY.name), lambda block, launch, place: lost(block, launch, place, "gone"))
    assert (found.ratio, found.verdict) == (close(2.0), SLOWER)


@pytest.mark.parametrize("metric", METRICS)
def test_only_times_are_the_clients_if_the_client_is_the_limit(metric: str, tmp_path: Path) -> None:
    def sample(block: int, launch: int, place: int) -> Window:
        some = costing(block, launch, place)
        assert some.client is not None
        return replace(some, client=replace(some.client, cpu_s=0.19))

    (found,) = measured(tmp_path, compared(metric), sample)
    expected = Withholding(Withheld.CLIENT_BOUND) if metric in (TIME.name, P99.name) else None
    assert found.withheld == expected


@pytest.mark.parametrize("metric", METRICS)
def test_requests_that_gave_up_did_other_work_and_started_no_server(metric: str, tmp_path: Path) -> None:
    def sample(block: int, launch: int, place: int) -> Window:
        some = costing(block, launch, place)
        return some if place else replace(some, outcomes={"ok": 299, RequestOutcome.GAVE_UP: 1})

    (found,) = measured(tmp_path, compared(metric), sample)
    assert found.withheld == (None if metric == READY.name else Withholding(Withheld.GAVE_UP))


@pytest.mark.parametrize("metric", METRICS)
def test_figures_that_contradict_each_other_distort_what_is_counted_per_request(metric: str, tmp_path: Path) -> None:
    cells = [steady_cell(CLOSED_LOOP, concurrency=2), replace(steady_cell(CLOSED_LOOP, concurrency=2), launch=OTHER)]
    whole = plan(*cells, blocks=8, comparisons=(Pair(0, 1, metric),))

    def sample(block: int, launch: int, place: int) -> Window:
        some = window(block, launch, place, answered=800, latency=times((10_000, 400), (30_000, 400)))
        return replace(some, server=ServerCost(cpu_s=1.0, requests=900, peak_memory_mb=50.0, threads=4))

    (found,) = measured(tmp_path, whole, sample)
    is_distorted = metric not in (MEMORY.name, READY.name)
    assert found.withheld == (Withholding(Withheld.LITTLES_LAW) if is_distorted else None)


@pytest.mark.parametrize("metric", ANOTHER)
def test_a_control_that_differs_in_time_withholds_every_metric(metric: str, tmp_path: Path) -> None:
    def sample(block: int, launch: int, place: int) -> Window:
        some = costing(block, launch, place)
        return replace(some, duration_s=0.3) if place == 2 else some

    (found,) = measured(tmp_path, compared(metric), sample)
    assert found.withheld == Withholding(Withheld.CONTROL_DIFFERS)


def test_a_control_that_differs_in_a_metric_withholds_that_metric_only(tmp_path: Path) -> None:
    def sample(block: int, launch: int, place: int) -> Window:
        some = costing(block, launch, place)
        assert some.server is not None
        return replace(some, server=replace(some.server, cpu_s=0.5)) if place == 2 else some

    cpu, memory = measured(tmp_path, compared(CPU.name, MEMORY.name, blocks=10), sample)
    assert (cpu.verdict, cpu.withheld) == (None, Withholding(Withheld.CONTROL_DIFFERS_IN_METRIC))
    assert (memory.verdict, memory.withheld) == (FASTER, None)


def test_a_threshold_on_a_ratio_is_judged_by_the_comparison_in_its_metric(tmp_path: Path) -> None:
    by_cpu = Threshold("ratio{metric:cpu}: < 1.5", "ratio", (0,), "<", (1.5,), compares=CPU.name)
    by_time = Threshold("ratio: < 1.5", "ratio", (0,), "<", (1.5,))
    whole = replace(compared(TIME.name, CPU.name, blocks=10), thresholds=(by_cpu, by_time))
    found = findings(tmp_path, *starting(whole)).thresholds
    assert [(one.figure, one.outcome) for one in found] == [
        (close(2.0), Outcome.UNDECIDED),
        (close(1.0), Outcome.KEPT),
    ]


def test_a_metric_of_another_version_is_refused() -> None:
    with pytest.raises(InputError, match="compares by joules, which this version of the harness does not know"):
        read_tally(iter(starting(compared("joules"))))
