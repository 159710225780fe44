from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.analysis.findings import (
    CellFinding,
    Checks,
    ClientCosts,
    HealthFinding,
    Percentiles,
    Punctuality,
    ServerCosts,
    Split,
    UpstreamFinding,
)
from harness.model.journal import Ceiling, ClientCost, Health, Host, InForce, ServerCost, Upstream, Window
from harness.model.outcomes import RequestOutcome, Status
from harness.model.plan import Cell, Variant
from harness.report.wording import explain_status
from tests.builders.executors import CLOSED_LOOP, CONSTANT_RATE
from tests.builders.journals import (
    FINISHED,
    IN_FORCE,
    LAUNCH,
    cell,
    findings,
    good,
    header,
    launched,
    lost,
    plan,
    steady_cell,
    times,
    window,
)


def finding(folder: Path, measured: Cell, samples: Sequence[Window], in_force: InForce = IN_FORCE) -> CellFinding:
    """What is found of the only cell of a plan, all of whose samples come from launch 1."""
    only = plan(measured, blocks=len(samples))
    found = findings(folder, header(only), launched(1, 1, measured.launch, in_force), *samples, FINISHED)
    return found.cells[0]


def test_six_blocks_give_a_median_and_an_interval(tmp_path: Path) -> None:
    durations_s = [0.13, 0.11, 0.16, 0.12, 0.15, 0.14]

    found = finding(tmp_path, cell(), [good(block, 1, 0, took) for block, took in enumerate(durations_s, start=1)])

    assert (found.median_s, found.low_s, found.high_s) == pytest.approx((0.135, 0.11, 0.16))


def test_a_cell_that_failed_in_some_blocks_says_so_and_keeps_the_figures_of_the_others(tmp_path: Path) -> None:
    samples = [
        good(1, 1, 0, 0.1),
        lost(3, 1, 0, "connection reset"),
        replace(lost(2, 1, 0, "40 of 41 answers after 60 s", Status.TIMEOUT), outcomes={"ok": 40, "timeout": 1}),
        good(4, 1, 0, 0.3),
    ]

    found = finding(tmp_path, cell(), samples)

    assert (found.status, found.reason) == ("timeout", "40 of 41 answers after 60 s")
    assert explain_status(found) == "2 of 4 blocks: 40 of 41 answers after 60 s"
    assert (found.blocks, found.blocks_failed, found.median_s) == (2, 2, 0.2)
    assert (found.ok, found.errors, found.outcomes) == (44, 1, {"ok": 44, "timeout": 1})
    assert found.rps == pytest.approx(4 / 0.4)


def test_the_evidence_of_a_sample_that_failed_counts_its_outcomes_and_gives_no_figure(tmp_path: Path) -> None:
    measured = good(1, 1, 0, 0.1)
    with_evidence = replace(
        good(2, 1, 0, 9.0, process=(0, 1, 2) * 100),
        status=Status.FAILED,
        reason="1 of 301 answers was wrong",
        duration_s=None,
        outcomes={"ok": 300, "wrong_body": 1},
    )

    alone = finding(tmp_path, cell(), [measured])
    found = finding(tmp_path, cell(), [measured, with_evidence])

    assert found == replace(
        alone,
        status=Status.FAILED,
        reason="1 of 301 answers was wrong",
        blocks_failed=1,
        ok=302,
        errors=1,
        outcomes={"ok": 302, "wrong_body": 1},
    )


def test_a_cell_without_a_good_block_has_a_reason_and_no_figure(tmp_path: Path) -> None:
    found = finding(tmp_path, cell(), [lost(1, 1, 0, "connection reset")])

    assert found == CellFinding(
        cell(),
        Status.FAILED,
        "connection reset",
        version="0.54.0",
        blocks_failed=1,
        limiter_tokens=40,
        waits_for_limit=True,
    )


@pytest.mark.parametrize(
    ("style", "waves"),
    [("def", 3), ("async", 1), ("async-blocking", 5), ("async-to-thread", 2), ("async-threadpool", 3)],
)
def test_the_model_follows_the_busiest_worker_and_what_was_in_force(style: str, waves: int, tmp_path: Path) -> None:
    in_force = replace(IN_FORCE, limiter_tokens=2, executor_threads=4, workers=2)
    uneven = (0, 1, 0, 1, 0, 0, 0)

    found = finding(tmp_path, cell(style, 7), [good(1, 1, 0, 0.6, process=uneven)], in_force)

    assert found.model_s == pytest.approx(waves * 0.1)
    assert found.vs_model == pytest.approx(6 / waves)


def test_measured_and_model_are_compared_block_by_block(tmp_path: Path) -> None:
    in_force = replace(IN_FORCE, limiter_tokens=2, workers=2)
    samples = [
        good(1, 1, 0, 0.2, process=(0, 0, 0, 0)),
        good(2, 1, 0, 0.12, process=(0, 0, 1, 1)),
        good(3, 1, 0, 0.11, process=(0, 0, 1, 1)),
    ]

    found = finding(tmp_path, cell("def", 4), samples, in_force)

    assert (found.model_s, found.vs_model) == pytest.approx((0.1, 1.1))


@pytest.mark.parametrize(
    "unmodelled",
    [
        cell("def", launch=replace(LAUNCH, scenario="noop", delay_s=None)),
        cell("def", launch=replace(LAUNCH, scenario="gone")),
        cell("def", launch=replace(LAUNCH, delay_s=None)),
        cell("gone"),
    ],
)
def test_what_no_scenario_models_has_no_model(unmodelled: Cell, tmp_path: Path) -> None:
    found = finding(tmp_path, unmodelled, [good(1, 1, 0)])

    assert (found.status, found.model_s, found.vs_model) == ("ok", None, None)


def test_latencies_are_pooled_over_blocks(tmp_path: Path) -> None:
    thirty = [1000 * number for number in range(1, 31)]
    samples = [good(block, 1, 0, 0.1, process=[0] * 30, answered_us=thirty) for block in (1, 2)]

    assert finding(tmp_path, cell(), samples).latency == Percentiles(15.5, 29.0, None)


def test_the_parts_of_a_request_add_up_to_its_latency(tmp_path: Path) -> None:
    found = finding(tmp_path, cell(), [good(1, 1, 0, 0.123)])

    assert found.split is not None
    parts = (found.split.wait, found.split.work, found.split.wire)
    assert sum(part.p50_ms for part in parts if part is not None) == pytest.approx(123.0)


def test_a_closed_loop_has_a_rate_and_tails_and_no_duration(tmp_path: Path) -> None:
    answered = [400, 360, 440, 380, 420, 410]
    samples = [window(block, 1, 0, answered=number) for block, number in enumerate(answered, start=1)]

    found = finding(tmp_path, steady_cell(CLOSED_LOOP), samples)

    # 2,410 answers in 24 s; the slowest block answered 360 in 4 s, the fastest 440.
    assert (found.rps, found.rps_low, found.rps_high) == pytest.approx((2410 / 24, 90.0, 110.0))
    assert (found.median_s, found.low_s, found.high_s, found.model_s, found.vs_model) == (None,) * 5
    assert found.latency == Percentiles(20.0, 30.0, 30.0)
    # 60 of 2,400 waited 5 ms: the slowest 2.5%.
    assert found.split == Split(Percentiles(1.0, 1.0, 5.0), Percentiles(7.0, 7.0, 7.0), Percentiles(10.0, 18.0, 18.0))
    assert (found.punctuality, found.peak_handlers, found.requests_per_process) == (None, 2, (2400,))
    # Requests of the warm-up count among those that were answered well, not in the rate.
    assert (found.ok, found.errors) == (3000, 0)


@pytest.mark.parametrize(("gave_up", "rps"), [(0, 100.0), (100, 75.0), (400, 0.0)])
def test_to_be_told_that_an_endpoint_gave_up_is_no_answer_of_a_rate(gave_up: int, rps: float, tmp_path: Path) -> None:
    outcomes = {"ok": 400 - gave_up, RequestOutcome.GAVE_UP: gave_up}
    samples = [replace(window(block, 1, 0), outcomes=outcomes) for block in range(1, 7)]

    found = finding(tmp_path, steady_cell(CLOSED_LOOP), samples)

    assert (found.status, found.blocks) == ("ok", 6)
    assert (found.rps, found.rps_low, found.rps_high) == (rps, rps, rps)
    assert (found.ok, found.gave_up, found.errors) == (6 * (400 - gave_up), 6 * gave_up, 0)
    assert found.latency == Percentiles(20.0, 30.0, 30.0)


def test_an_open_loop_says_how_well_its_schedule_was_kept(tmp_path: Path) -> None:
    lag = times((50, 290), (700, 10))
    samples = [window(1, 1, 0, lag=lag, late=7, dropped=2), window(2, 1, 0, lag=times((60, 100)), late=5)]

    found = finding(tmp_path, steady_cell(CONSTANT_RATE, rate=100), samples)

    # Of 400 sends, the 396th was 0.7 ms late.
    assert found.punctuality == Punctuality(lag_p99_ms=0.7, late=12, dropped=2)
    assert (found.rps, found.rps_low) == (100.0, None)


def test_health_checks_are_pooled_over_blocks(tmp_path: Path) -> None:
    samples = [
        replace(good(1, 1, 0), health=Health(async_us=[500, 700], def_us=[], unanswered=1)),
        replace(good(2, 1, 0), health=Health(async_us=[2_000_000], def_us=[], unanswered=2)),
        good(3, 1, 0),
    ]

    found = finding(tmp_path, cell(), samples)

    assert found.health == HealthFinding(Checks(3, p50_ms=0.7, max_ms=2000.0), None, unanswered=3)


def test_without_health_checks_nothing_is_said_of_health(tmp_path: Path) -> None:
    assert finding(tmp_path, cell(), [good(1, 1, 0)]).health is None


def test_costs_are_summed_over_blocks_and_divided_by_all_requests(tmp_path: Path) -> None:
    def costly(block: int, watched_s: float, server: ServerCost, client: ClientCost) -> Window:
        host = Host(watched_s=watched_s, cores=2, foreign_cpu_s=0.0)
        return replace(window(block, 1, 0), server=server, client=client, host=host)

    samples = [
        costly(1, 6.0, ServerCost(3.0, 600, 90.5, 44), ClientCost(0.3, 0.0, 0, peak_memory_mb=61.0)),
        costly(2, 4.0, ServerCost(1.0, 400, 95.0, 41), ClientCost(0.5, 0.0, 0, peak_memory_mb=60.0)),
    ]

    found = finding(tmp_path, steady_cell(CLOSED_LOOP), samples)

    assert found.server == ServerCosts(cpu=0.4, cpu_us_per_request=4000.0, peak_memory_mb=95.0, threads=44)
    assert found.client == ClientCosts(cpu_s=0.4, cpu=0.1, cpu_us_per_request=1000.0, peak_memory_mb=61.0)


def test_a_server_that_nobody_looked_at_has_no_costs(tmp_path: Path) -> None:
    assert finding(tmp_path, cell(), [good(1, 1, 0)]).server is None


def test_a_server_without_requests_or_a_host_has_no_shares(tmp_path: Path) -> None:
    unwatched = replace(good(1, 1, 0), server=ServerCost(1.0, 0, 90.0, 3))

    found = finding(tmp_path, cell(), [unwatched])

    assert found.server == ServerCosts(cpu=None, cpu_us_per_request=None, peak_memory_mb=90.0, threads=3)


def test_requests_per_process_are_summed_by_rank(tmp_path: Path) -> None:
    processes = [(0, 1, 1, 1), (0, 0, 0, 1), (0, 0, 0, 0)]
    samples = [good(block, 1, 0, process=of_block) for block, of_block in enumerate(processes, start=1)]

    assert finding(tmp_path, cell(), samples).requests_per_process == (10, 2)


@pytest.mark.parametrize(("workers", "unevenness"), [(2, 1.5), (1, None)])
def test_how_uneven_workers_were_used_is_the_share_of_the_busiest_over_an_even_one(
    workers: int, unevenness: float | None, tmp_path: Path
) -> None:
    of_several = cell(launch=replace(LAUNCH, workers=workers))
    processes = [(0, 1, 1, 1), (0, 0, 1, 1), (0, 0, 0, 0)]
    samples = [good(block, 1, 0, process=of_block) for block, of_block in enumerate(processes, start=1)]

    assert finding(tmp_path, of_several, samples).unevenness == unevenness


LATE = ClientCost(cpu_s=0.01, send_span_s=0.001, late_connections=2)


@pytest.mark.parametrize(
    ("client", "flags"), [("aiohttp", ("late-connections",)), ("engine", ("late-connections",)), ("article", ())]
)
def test_late_connections_are_flagged_unless_they_are_the_clients_nature(
    client: str, flags: tuple[str, ...], tmp_path: Path
) -> None:
    assert finding(tmp_path, cell(client=client), [replace(good(1, 1, 0), client=LATE)]).flags == flags


def test_how_well_the_upstream_kept_up_is_told_over_all_blocks_and_at_its_worst(tmp_path: Path) -> None:
    one = Upstream(answered=600, connections=3, peak=2, late=times((100, 599), (900, 1)), span_s=0.2, cpu_s=0.01)
    other = Upstream(answered=600, connections=2, peak=3, late=times((300, 600)), span_s=0.5, cpu_s=0.05)
    silent = Upstream(answered=0, connections=0, peak=0, late=times(), span_s=0.0, cpu_s=0.0)
    samples = [replace(good(block, 1, 0), upstream=seen) for block, seen in enumerate((one, other, silent), start=1)]

    found = finding(tmp_path, cell(), samples)

    assert found.upstream == UpstreamFinding(
        answered=1200, peak=3, late=Percentiles(0.3, 0.3, 0.3), late_max_ms=0.9, cpu=0.1
    )
    assert finding(tmp_path, cell(), [replace(good(1, 1, 0), upstream=silent)]).upstream is None
    assert finding(tmp_path, cell(), [good(1, 1, 0)]).upstream is None


def test_flags_are_counted_in_blocks_and_in_the_sample_that_counts(tmp_path: Path) -> None:
    busy = Host(watched_s=1.0, cores=2, foreign_cpu_s=0.5)
    samples = [
        replace(good(1, 1, 0), client=LATE, host=busy),
        replace(good(1, 1, 0), client=LATE, attempt=2),
        replace(good(2, 1, 0), client=LATE, host=busy),
        replace(good(3, 1, 0), client=LATE),
        replace(good(3, 1, 0), attempt=2),
        replace(lost(4, 1, 0, "connection reset"), client=LATE, host=busy),
    ]

    found = finding(tmp_path, cell(), samples)

    assert list(found.flagged_blocks.items()) == [("busy-host", 1), ("late-connections", 2)]
    assert (found.flags, found.measured_again, found.blocks) == (("busy-host", "late-connections"), 2, 3)


@pytest.mark.parametrize(("rps", "flags"), [(100.0, ("client-bound",)), (120.0, ())])
def test_the_ceiling_before_a_sample_bounds_it(rps: float, flags: tuple[str, ...], tmp_path: Path) -> None:
    only = plan(steady_cell(CLOSED_LOOP))
    ceilings = [Ceiling(each, concurrency=64, processes=1, client_cpu=1.0) for each in (rps, 1.0)]

    found = findings(tmp_path, header(only), ceilings[0], launched(1, 1), window(1, 1, 0), ceilings[1], FINISHED)

    assert found.cells[0].flags == flags


def test_outcomes_come_in_the_order_in_which_a_request_can_go_wrong(tmp_path: Path) -> None:
    outcomes = {"strange": 5, "too_fast": 1, "aborted": 2, "malformed": 6, "ok": 3, "non_2xx": 4, "refused": 0}
    sample = replace(lost(1, 1, 0, "21 requests, 3 good answers"), outcomes=outcomes)

    found = finding(tmp_path, cell(), [sample])

    assert list(found.outcomes.items()) == [
        ("ok", 3), ("malformed", 6), ("non_2xx", 4), ("aborted", 2), ("too_fast", 1), ("strange", 5),
    ]  # fmt: skip
    assert (found.ok, found.errors) == (3, 18)


def test_a_variant_has_the_version_of_its_server(tmp_path: Path) -> None:
    launch = replace(LAUNCH, server="uvicorn-h11")
    with_variant = plan(cell(launch=launch), variants={"uvicorn-h11": Variant("uvicorn", ("--http", "h11"))})

    found = findings(tmp_path, header(with_variant), launched(1, 1, launch), good(1, 1, 0), FINISHED)

    assert found.cells[0].version == "0.54.0"


def test_a_server_that_is_no_longer_there_has_no_version(tmp_path: Path) -> None:
    assert finding(tmp_path, cell(launch=replace(LAUNCH, server="gone")), [good(1, 1, 0)]).version is None
