"""The benchmark reads other tools right, does without those that are missing, and says what its figures should be."""

import json
import shutil
import sys
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import __main__ as bench
from bench.burst import build_c_client, run_c_client
from bench.scripted_server import draw_delays, read_log
from bench.tail import summarize_served
from bench.targets import start_scripted_target
from bench.tools import PACKAGES, Pace, ToolError, find_tool, parse_h2load
from bench.wrk import WrkRun, parse_latencies, parse_wrk, undo_correction
from harness.measure.client.timing import Span
from harness.model.journal import Distribution

WRK = """\
Running 2s test @ http://127.0.0.1:18081/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   347.11us  178.54us   4.54ms   94.82%
    Req/Sec   100.24k    14.96k  137.76k    75.00%
  200000 requests in 2.00s, 28.87MB read
Requests/sec: 100000.00
Transfer/sec:     14.42MB
"""

LATENCIES = """\
{requests} requests took 1600 us
300 us: 7 times
500 us: 1 times
900 us: 1 times
1300 us: 1 times
"""

H2LOAD = """\
starting benchmark...
spawning thread #0: 64 total client(s). Timing-based test with 1s of warm-up time and 2s of main duration
Application protocol: http/1.1
Main benchmark duration is over for thread #0. Stopping all clients.

finished in {time}, 118530.25 req/s, 17.18MB/s
requests: 237060 total, 237060 started, 237060 done, 237060 succeeded, {failed} failed, 0 errored, 0 timeout
status codes: 237060 2xx, 0 3xx, 0 4xx, 0 5xx
                     min         max         mean         sd        +/- sd
time for request:      321us      3.05ms       539us        82us    91.92%
req/s           :    1844.81     1859.69     1851.51        2.80    68.75%
"""


FAILED = [
    "  Socket errors: connect 0, read 3, write 0, timeout 0\n",
    "  Non-2xx or 3xx responses: 12\n",
]


def test_the_answers_and_the_cpu_time_of_wrk_are_read() -> None:
    assert parse_wrk(WRK, cpu_s=1.5) == Pace(rps=100_000.0, cpu_us=7.5)


@pytest.mark.parametrize(
    "spoilt",
    [
        *(WRK + failed for failed in FAILED),
        WRK.replace("200000 requests", "0 requests"),
        "unable to connect to 127.0.0.1:18081 Connection refused\n",
    ],
)
def test_a_run_of_wrk_that_did_not_go_well_gives_no_figures(spoilt: str) -> None:
    with pytest.raises(ToolError):
        parse_wrk(spoilt, cpu_s=1.5)


def test_the_latencies_of_wrk_are_read_with_those_that_it_adds_and_without() -> None:
    # Two connections of four requests each have a mean of 400 us, so 1300 us have added 900 us and 500 us.
    assert parse_latencies(LATENCIES.format(requests=8), connections=2, settle_ms=1) == WrkRun(
        pace=Pace(rps=8 / 600 * 1e6, latency=Distribution([300, 1300], [7, 1])),
        printed=Distribution([300, 500, 900, 1300], [7, 1, 1, 1]),
    )


def test_latencies_of_wrk_that_are_not_as_many_as_its_answers_give_no_figures() -> None:
    with pytest.raises(ToolError, match="wrk has 10 answers, but"):
        parse_latencies(LATENCIES.format(requests=10), connections=2, settle_ms=1)


@pytest.mark.parametrize("failed", FAILED)
def test_the_latencies_of_a_run_of_wrk_that_did_not_go_well_are_not_read(failed: str) -> None:
    with pytest.raises(ToolError, match="some requests of wrk failed"):
        parse_latencies(LATENCIES.format(requests=8) + failed, connections=2, settle_ms=1)


@given(st.dictionaries(st.integers(1, 500), st.integers(1, 9), min_size=1), st.integers(1, 100))
def test_what_wrk_adds_to_its_latencies_is_taken_out_again(measured: dict[int, int], mean_us: int) -> None:
    assert undo_correction(correct(measured, mean_us), mean_us) == measured


def correct(measured: dict[int, int], mean_us: int) -> Counter[int]:
    """`stats_correct` in the source of wrk, line by line."""
    data = Counter(measured)
    for n in range(2 * mean_us, max(data) + 1):
        count = data[n]
        m = n - mean_us
        while count and m > mean_us:
            data[m] += count
            m -= mean_us
    return +data


def test_the_delays_of_the_scripted_server_are_those_of_its_seed() -> None:
    assert list(islice(draw_delays(1), 100)) == list(islice(draw_delays(1), 100))
    assert list(islice(draw_delays(1), 100)) != list(islice(draw_delays(2), 100))


def test_the_times_of_the_server_are_those_of_the_answers_that_a_client_took() -> None:
    log = [[1_000, 9_000, 15_000, 17_000, 18_000, 30_000], [2_000, 11_000, 20_000, 60_000]]
    # Written at 9, 11 and 17 us. The client sent its last request at 20 us and took no answer after that.
    assert summarize_served(log, Span(1_000, 90_000)) == Distribution([2, 8, 9], [1, 1, 1])
    assert summarize_served(log, Span(10_000, 90_000)) == Distribution([2, 9], [1, 1])


@pytest.mark.parametrize("time", ["3.00s", "900.12ms", "812us"])
def test_the_answers_a_second_of_h2load_are_read_whatever_the_unit_of_its_time(time: str) -> None:
    assert parse_h2load(H2LOAD.format(time=time, failed=0), cpu_s=1.18530) == Pace(118_530.25, cpu_us=5.0)


def test_a_run_of_h2load_with_failed_requests_gives_no_figures() -> None:
    with pytest.raises(ToolError, match="10 failed"):
        parse_h2load(H2LOAD.format(time="3.00s", failed=10), cpu_s=1.0)


@pytest.mark.parametrize("tool", PACKAGES)
def test_a_missing_tool_is_said_with_how_to_install_it(
    tool: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("bench.tools.ADMIN_FOLDER", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_tool(tool, "closed_loop") is None
    said = capsys.readouterr().err
    assert said == f"closed_loop: {tool} is not installed; install it with: apt install {PACKAGES[tool]}\n"


@pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no C compiler")
def test_a_burst_of_the_c_client_lasts_until_its_last_answer(tmp_path: Path) -> None:
    log = tmp_path / "log.json"
    with build_c_client() as c_client, start_scripted_target(1, log, cores=()) as port:
        assert c_client is not None
        burst = run_c_client(c_client, port, 20, cores=())
    # Each connection sends one request before the burst.
    read_ns, written_ns = zip(*(times[2:] for times in read_log(log)), strict=True)
    assert len(read_ns) == 20
    assert burst.duration_s >= (max(written_ns) - min(read_ns)) / 1e9


def test_without_a_compiler_there_is_no_c_client(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("bench.tools.ADMIN_FOLDER", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with build_c_client() as c_client:
        assert c_client is None


def test_every_part_is_wired() -> None:
    assert list(bench.PARTS) == ["overhead", "plan", "report", "closed_loop", "tail", "burst_1000", "arrival_2000"]
    assert set(bench.AIMS) <= set(bench.PARTS)


def test_figures_are_printed_with_their_aims_and_written_by_part(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setitem(bench.PARTS, "closed_loop", lambda: {"engine_vs_wrk_cpu": 1.07, "engine_cpu_us": 9.12345})
    monkeypatch.setattr(sys, "argv", ["bench", "--only", "closed_loop", "--json", str(tmp_path / "figures.json")])
    bench.main()
    assert capsys.readouterr().out == (
        "closed_loop.engine_vs_wrk_cpu 1.07 (aim: at most 1.1)\nclosed_loop.engine_cpu_us 9.123\n"
    )
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures == {"closed_loop": {"engine_vs_wrk_cpu": 1.07, "engine_cpu_us": 9.123}}
