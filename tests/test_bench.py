"""The benchmark reads other tools right, does without those that are missing, and says what its figures should be."""

import json
import sys
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench.tools import PACKAGES, Pace, ToolError, find_tool, parse_h2load, parse_wrk

WRK = """\
Running 2s test @ http://127.0.0.1:18081/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   347.11us  178.54us   4.54ms   94.82%
    Req/Sec   100.24k    14.96k  137.76k    75.00%
  Latency Distribution
     50%  {p50}
     75%  376.00us
     90%  457.00us
     99%  {p99}
  200000 requests in 2.00s, 28.87MB read
Requests/sec: 100000.00
Transfer/sec:     14.42MB
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


@pytest.mark.parametrize(
    ("told", "us"),
    [
        ("320.00us", 320.0),
        ("8.00us", 8.0),
        ("0.86ms", 860.0),
        ("12.34ms", 12_340.0),
        ("1.50s", 1.5e6),
        ("2.00m", 120e6),
    ],
)
def test_latencies_of_wrk_are_read_in_their_units(told: str, us: float) -> None:
    low = parse_wrk(WRK.format(p50=told, p99="3.00m"), cpu_s=1.5)
    high = parse_wrk(WRK.format(p50="1.00us", p99=told), cpu_s=1.5)
    assert low == Pace(rps=100_000.0, cpu_us=7.5, p50_us=us, p99_us=180e6)
    assert high == Pace(rps=100_000.0, cpu_us=7.5, p50_us=1.0, p99_us=us)


def test_the_time_in_which_wrk_sent_nothing_does_not_count() -> None:
    pace = parse_wrk(WRK.format(p50="1.00ms", p99="2.00ms"), cpu_s=1.5, idle_s=0.4)
    assert pace.rps == pytest.approx(200_000 / 1.6)


@pytest.mark.parametrize(
    "spoilt",
    [
        WRK.format(p50="1.00ms", p99="2.00ms") + "  Socket errors: connect 0, read 3, write 0, timeout 0\n",
        WRK.format(p50="1.00ms", p99="2.00ms") + "  Non-2xx or 3xx responses: 12\n",
        WRK.format(p50="1.00ms", p99="2.00ms").replace("200000 requests", "0 requests"),
        WRK.format(p50="1.00ms", p99="nan"),
        "unable to connect to 127.0.0.1:18081 Connection refused\n",
    ],
)
def test_a_run_of_wrk_that_did_not_go_well_gives_no_figures(spoilt: str) -> None:
    with pytest.raises(ToolError):
        parse_wrk(spoilt, cpu_s=1.5)


@pytest.mark.parametrize("time", ["3.00s", "900.12ms", "812us"])
def test_the_answers_a_second_of_h2load_are_read_whatever_the_unit_of_its_time(time: str) -> None:
    assert parse_h2load(H2LOAD.format(time=time, failed=0)).rps == 118_530.25


def test_a_run_of_h2load_with_failed_requests_gives_no_figures() -> None:
    with pytest.raises(ToolError, match="10 failed"):
        parse_h2load(H2LOAD.format(time="3.00s", failed=10))


@pytest.mark.parametrize("tool", PACKAGES)
def test_a_missing_tool_is_said_with_how_to_install_it(
    tool: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("bench.tools.ADMIN_FOLDER", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_tool(tool, "closed_loop") is None
    said = capsys.readouterr().err
    assert said == f"closed_loop: {tool} is not installed; install it with: apt install {PACKAGES[tool]}\n"


def test_every_part_is_wired() -> None:
    assert list(bench.PARTS) == ["overhead", "plan", "report", "closed_loop", "burst_1000", "arrival_2000"]
    assert set(bench.AIMS) <= set(bench.PARTS)


def test_figures_are_printed_with_their_aims_and_written_by_part(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setitem(bench.PARTS, "closed_loop", lambda: {"engine_vs_wrk_rps": 0.97, "engine_cpu_us": 9.12345})
    monkeypatch.setattr(sys, "argv", ["bench", "--only", "closed_loop", "--json", str(tmp_path / "figures.json")])
    bench.main()
    assert capsys.readouterr().out == (
        "closed_loop.engine_vs_wrk_rps 0.97 (aim: at least 0.95)\nclosed_loop.engine_cpu_us 9.123\n"
    )
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures == {"closed_loop": {"engine_vs_wrk_rps": 0.97, "engine_cpu_us": 9.123}}
