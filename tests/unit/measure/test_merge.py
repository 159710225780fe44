"""What several processes saw of one cell is put together as if one had seen it."""

from harness.measure.client.job import Job, JobResult, RequestSpec, WindowPart
from harness.measure.window_result import WindowResult, combine_results
from harness.model.journal import Distribution, Requests, Steady

JOB = Job(
    port=1, requests=[RequestSpec("/")], prime_path="/", client="engine", concurrency=3, deadline_s=1.0, duration_s=2.0
)
START_NS = 5_000_000


def columns(*rows: tuple[int, int, int, int]) -> dict[str, list[int]]:
    """Rows of (microseconds of entry, thread, pid, running), each sent 1 us before and answered 30 us later."""
    entered_ns = [START_NS + 1000 * us for us, *_ in rows]
    return {
        "sent_ns": [ns - 1000 for ns in entered_ns],
        "entered_ns": entered_ns,
        "started_ns": [ns + 10_000 for ns in entered_ns],
        "ended_ns": [ns + 20_000 for ns in entered_ns],
        "answered_ns": [ns + 30_000 for ns in entered_ns],
        "thread": [thread for _, thread, _, _ in rows],
        "pid": [pid for _, _, pid, _ in rows],
        "running": [running for *_, running in rows],
        "of_class": [0 for _ in rows],
        "gave_up": [0 for _ in rows],
    }


def test_the_rows_of_a_burst_are_in_order_of_entry_whoever_sent_them() -> None:
    one = JobResult({"ok": 2}, None, 0.08, 0.1, 0.01, 1, 2, columns((50, 900, 70, 2), (10, 901, 71, 1)))
    other = JobResult({"ok": 1}, None, 0.06, 0.2, 0.03, 2, 1, columns((30, 900, 70, 1)))

    assert combine_results(JOB, [one, other], START_NS) == WindowResult(
        outcomes={"ok": 3},
        reason=None,
        duration_s=0.08,
        cpu_s=0.1 + 0.2,
        send_span_s=0.03,
        late_connections=3,
        answered=3,
        requests=Requests(
            sent_us=[9, 29, 49],
            entered_us=[10, 30, 50],
            started_us=[20, 40, 60],
            ended_us=[30, 50, 70],
            answered_us=[40, 60, 80],
            thread=[0, 1, 1],
            process=[0, 1, 1],
            running=[1, 1, 2],
        ),
        steady=None,
    )


def test_the_order_of_the_processes_makes_no_difference() -> None:
    one = JobResult({"ok": 1}, None, 0.08, columns=columns((50, 900, 70, 2)))
    other = JobResult({"ok": 1}, None, 0.06, columns=columns((30, 901, 71, 1)))

    assert combine_results(JOB, [one, other], START_NS) == combine_results(JOB, [other, one], START_NS)


def test_what_was_never_begun_has_neither_rows_nor_a_window() -> None:
    seen = combine_results(JOB, [JobResult({"refused": 3}, "nobody is there")], 0)

    assert seen == WindowResult({"refused": 3}, "nobody is there", None, 0.0, 0.0, 0, 0, None, None)


def test_an_empty_window_has_no_latency() -> None:
    empty = WindowPart(0, 0, [], [], [], [], [], 0, 7, [], 0, [])
    none = Distribution([], [])

    seen = combine_results(JOB, [JobResult({"timeout": 1}, "silence", steady=empty)], START_NS)

    assert seen.steady == Steady(2.0, 0, 0.0, none, none, none, none, none, 0, 7, [], 0)


def test_one_process_that_was_not_answered_well_spoils_the_whole() -> None:
    seen = combine_results(
        JOB, [JobResult({"ok": 2}, None, 0.1), JobResult({"timeout": 1}, "1 of 1 requests failed")], START_NS
    )

    assert (seen.outcomes, seen.reason, seen.duration_s) == ({"ok": 2, "timeout": 1}, "1 of 1 requests failed", None)


def test_the_windows_of_a_steady_executor_add_up() -> None:
    one = WindowPart(2, 30, [(10, 1), (20, 1)], [(1, 2)], [(5, 2)], [(4, 1), (14, 1)], [(3, 2)], 1, 0, [(70, 2)], 3, [])
    other = WindowPart(1, 10, [(10, 1)], [(2, 1)], [(5, 1)], [(3, 1)], [], 0, 4, [(70, 1), (71, 5)], 2, [])

    seen = combine_results(
        JOB, [JobResult({"ok": 2}, None, 2.0, steady=one), JobResult({"ok": 1}, None, 2.0, steady=other)], START_NS
    )

    assert seen.steady == Steady(
        window_s=2.0,
        answered=3,
        mean_latency_us=40 / 3,
        latency=Distribution([10, 20], [2, 1]),
        wait=Distribution([1, 2], [2, 1]),
        work=Distribution([5], [3]),
        wire=Distribution([3, 4, 14], [1, 1, 1]),
        lag=Distribution([3], [2]),
        late=1,
        dropped=4,
        per_process=[5, 3],
        peak_running=3,
    )
