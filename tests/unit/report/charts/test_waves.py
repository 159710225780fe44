from dataclasses import replace
from typing import Any

from harness.analysis.bursts import Burst
from harness.analysis.findings import Findings
from harness.report.charts.timeline import MOST_ROWS, requests, timeline
from harness.report.charts.waves import waves
from tests.builders.findings import Run
from tests.unit.report.charts.runs import burst, bursts, views, whole


def burst_of(style: str, concurrency: int, limit: int = 40) -> Burst:
    run = Run(servers=("uvicorn",), styles=(style,), concurrencies=(concurrency,), thread_limits=(limit,))
    return bursts(whole(run))[0]


def test_a_row_a_request_in_the_order_of_their_start_with_its_times_and_the_colour_of_its_thread() -> None:
    found = requests(burst_of("def", 3, limit=2))

    assert [
        (one["request"], one["thread"], one["sent_ms"], one["started_ms"], one["ended_ms"], one["answered_ms"])
        for one in found
    ] == [
        (1, 1, 0.1, 1.0, 101.0, 101.5),
        (2, 2, 0.1, 1.01, 101.0, 101.5),
        (3, 1, 0.1, 101.0, 201.0, 201.5),
    ]
    assert [one["colour"] for one in found] == ["#0072b2", "#d55e00", "#0072b2"]


def test_requests_are_ordered_by_their_start_however_they_entered() -> None:
    some = burst_of("def", 3)
    turned = replace(some, requests=replace(some.requests, started_us=[3000, 1000, 2000]))

    assert [one["started_ms"] for one in requests(turned)] == [1.0, 2.0, 3.0]


def test_one_thread_serves_the_same_place_of_every_wave() -> None:
    found = {one["request"]: one["colour"] for one in requests(burst_of("def", 81))}

    assert found[1] == found[41] == found[81]
    assert len(set(found.values())) == 40


def test_all_requests_of_async_have_the_one_colour_of_the_loop() -> None:
    assert {one["colour"] for one in requests(burst_of("async", 81))} == {"#0072b2"}


def test_a_burst_of_more_rows_than_can_be_seen_is_thinned_out_evenly() -> None:
    found = requests(burst_of("def", 5000))

    assert len(found) == MOST_ROWS
    assert [one["request"] for one in found[:3]] == [1, 26, 51]
    assert {one["height"] for one in found} == {25}


def test_a_timeline_knows_nothing_of_its_burst() -> None:
    def names(spec: Any) -> list[str]:
        parts = spec.values() if isinstance(spec, dict) else spec if isinstance(spec, list) else []
        return [*([spec] if isinstance(spec, str) else []), *(name for part in parts for name in names(part))]

    assert timeline() == timeline()
    assert not {"uvicorn", "def", "async"} & set(names(timeline()))


def panels(run: Findings) -> list[tuple[str, str]]:
    chart = waves(run, bursts(run))
    assert chart is not None
    return [(view["title"]["text"], view["title"]["subtitle"]) for view in views(chart.spec)]


def test_the_largest_burst_beyond_the_limit_has_async_and_async_blocking_beside_it() -> None:
    run = whole(Run(styles=("def", "async", "async-blocking"), concurrencies=(5, 40, 41, 81)))

    assert panels(run) == [
        ("def", "81 concurrent"),
        ("async", "81 concurrent"),
        ("async-blocking", "81 concurrent, own time scale"),
    ]


def test_the_title_says_how_many_waves_there_are() -> None:
    run = whole(Run(concurrencies=(1, 81)))
    chart = waves(run, bursts(run))

    assert chart is not None
    assert chart.title == "81 def requests on 40 threads: three waves"
    assert chart.alt == (
        "81 def requests on 40 threads: three waves. Timelines of single requests: the last answer came in def (81 "
        "concurrent) after 302 ms, in async (81 concurrent) after 102 ms."
    )


def test_waves_that_were_not_observed_are_not_claimed() -> None:
    run = whole(Run(servers=("uvicorn",), styles=("def",), concurrencies=(81,)))
    (one,) = bursts(run)
    uneven = replace(one, requests=replace(one.requests, thread=[max(0, place - 41) for place in range(81)]))
    chart = waves(run, [uneven])

    assert chart is not None
    assert chart.title == "81 def requests on 40 threads"


def test_the_server_of_the_baseline_is_shown_on_the_fewest_threads_and_in_few_waves_if_it_can_be() -> None:
    run = whole(Run(thread_limits=(100, 7, 40), concurrencies=(81, 201)))
    plan = replace(run.header.plan, baseline={"server": "granian"})
    chart = waves(replace(run, header=replace(run.header, plan=plan)), bursts(run))

    assert chart is not None
    assert chart.title == "201 def requests on 40 threads: six waves"
    assert chart.spec["title"]["subtitle"][0].startswith("granian (thread limit 40)")


def test_a_run_without_a_burst_beyond_its_threads_has_no_waves() -> None:
    for run in (Run(concurrencies=(1, 40)), Run(styles=("async",)), Run(scenario="noop", delay_s=None)):
        assert waves(whole(run), bursts(whole(run))) is None
    assert waves(whole(), []) is None


def test_a_long_burst_says_that_not_all_of_it_is_drawn() -> None:
    run = whole(Run(servers=("uvicorn",), styles=("def",), thread_limits=(100,), concurrencies=(450,)))

    assert panels(run) == [("def", "450 concurrent, one in 3 is drawn")]
    assert len(requests(burst(run.cells[0].cell))) == 150
