from dataclasses import replace

import pytest

from harness.analysis.findings import Findings, Punctuality
from harness.model.flags import Flag
from harness.report.sections import belief
from tests.builders.executors import CONSTANT_RATE
from tests.builders.findings import Run, failed, findings

ONE = Run(servers=("uvicorn",), styles=("def",), concurrencies=(40, 41))
CEILING = (
    "At most, the engine took in 20000 answers a second on this machine: over 64 connections to a target that does "
    "nothing but answer, with 1 process that kept 0.98 cores busy."
)
NO_CONTROL = "There is no A/A control: it takes a `baseline` in the matrix, of which a cell is measured."
UNPINNED = "Unpinned: client and server shared the cores of the machine."


def with_cores(some: Findings, cores: object) -> Findings:
    return replace(some, header=replace(some.header, environment={"client_cores": cores}))


def test_without_a_flag_all_that_was_looked_for_is_said() -> None:
    assert belief.section(findings(ONE)) == (
        "## Whether to believe it\n\n"
        f"- {NO_CONTROL}\n"
        f"- {CEILING} {UNPINNED}\n"
        "- Errors: of 486 requests, none failed; every answer was checked.\n\n"
        "No sample is in doubt. Looked for were a client at its limit or late, a machine busy with something else, "
        "figures that contradict Little's law, a measured time that is too short, and connections opened too late."
    )


def test_flags_are_told_with_their_rules_and_the_cells_that_carry_them() -> None:
    some = findings(ONE)
    first = replace(some.cells[0], flagged_blocks={Flag.BUSY_HOST: 1, Flag.LATE_CONNECTIONS: 6}, measured_again=1)
    second = replace(some.cells[1], flagged_blocks={Flag.LATE_CONNECTIONS: 2}, measured_again=2)
    assert belief.section(replace(some, cells=(first, second))).split("\n\n", 2)[2] == (
        "A flag is a reason to doubt a sample, which is what one cell gives in one block:\n\n"
        "- `busy-host`: others used more than 10% of the machine meanwhile.\n"
        "- `late-connections`: connections were opened after the common start, so connecting is part of the "
        "figures.\n\n"
        "| flag | server | style | at once | blocks | measured again |\n"
        "| --- | --- | --- | ---: | ---: | ---: |\n"
        "| `busy-host` | uvicorn | `def` | 40 | 1 of 6 | 1 |\n"
        "| `late-connections` | uvicorn | `def` | 40 | 6 of 6 | 1 |\n"
        "| `late-connections` | uvicorn | `def` | 41 | 2 of 6 | 2 |\n\n"
        "3 samples in doubt were measured again, once, and the second counts: 3 in cells that still carry a flag, 0 in "
        "cells that no longer do."
    )


def test_the_rules_name_the_limits_that_are_in_force() -> None:
    some = findings(ONE)
    flagged = replace(some.cells[0], flagged_blocks=dict.fromkeys(Flag, 1))
    told = belief.section(replace(some, cells=(flagged,)))
    for rule in (
        "- `client-bound`: the client used more than 70% of its cores, or answered more than 90% of what the engine",
        "- `late`: the client sent its requests late: the 99th percentile of its lag is beyond 0.5 ms and beyond 5% of",
        "- `busy-host`: others used more than 10% of the machine meanwhile.",
        "- `upstream-bound`: the upstream used more than 70% of a core, or sent half of 10 answers or more later",
        "- `upstream-late`: the upstream sent 1% of its answers later than asked for by more than 0.5 ms and more than",
        "- `littles-law`: requests a second x mean latency is more than 5% off the number of requests",
        "- `short-window`: the measured time is shorter than 10 median latencies",
    ):
        assert rule in told


def test_conditions_that_vary_tell_flagged_cells_apart() -> None:
    some = findings(replace(ONE, executor=CONSTANT_RATE, thread_limits=(40, 100), concurrencies=(64,), rates=(200,)))
    flagged = tuple(replace(one, flagged_blocks={Flag.LATE: 1}) for one in some.cells)
    told = belief.section(replace(some, cells=flagged))
    assert "| flag | server | style | under | rate | blocks | measured again |" in told
    assert "| `late` | uvicorn | `def` | thread limit 100 | 200/s | 1 of 6 | — |" in told


def test_a_second_sample_without_a_flag_is_told_of() -> None:
    some = findings(ONE)
    assert belief.section(replace(some, cells=(replace(some.cells[0], measured_again=1),))).endswith(
        "1 sample in doubt was measured again, once, and the second counts: 0 in cells that still carry a flag, 1 in "
        "cells that no longer do."
    )


@pytest.mark.parametrize(
    ("cores", "told"),
    [
        ([3], "The client was pinned to core 3, apart from the server."),
        ([2, 3], "The client was pinned to cores 2 and 3, apart from the server."),
        ([], UNPINNED),
        (None, UNPINNED),
    ],
)
def test_where_the_client_ran_is_said(cores: object, told: str) -> None:
    assert f"{CEILING} {told}\n" in belief.section(with_cores(findings(ONE), cores))


def test_how_long_the_largest_burst_took_to_send_is_said_of_each_client() -> None:
    some = findings(ONE)
    last = max(some.cells, key=lambda one: one.cell.concurrency)
    assert last.client is not None
    sent = replace(last, client=replace(last.client, send_span_ms=1.5))
    sooner = replace(last, client=replace(last.client, send_span_ms=1.25))
    article = replace(sent, cell=replace(last.cell, client="article"), client=replace(last.client, send_span_ms=20.0))
    told = belief.section(replace(some, cells=(sent, sooner, article)))
    requests = last.cell.concurrency
    assert (
        f"- Lag: to send {requests} requests at once took 1.50 ms (engine) and 20.0 ms (article), the median over "
        f"blocks on the server where it took longest; latencies count from the common start, so it is part of them.\n"
    ) in told


def test_the_worst_lag_of_an_open_loop_is_said() -> None:
    some = findings(replace(ONE, executor=CONSTANT_RATE, rates=(200,)))
    cells = (some.cells[0], replace(some.cells[1], punctuality=Punctuality(3.25, 0, 0)))
    assert (
        "- Lag: in the cell where it was worst, the client sent 1% of its requests more than 3.25 ms after they were "
        "due.\n"
    ) in belief.section(replace(some, cells=cells))


def test_errors_are_counted_by_what_became_of_the_requests() -> None:
    some = findings(ONE)
    wrong = replace(some.cells[0], ok=230, errors=10, outcomes={"ok": 230, "timeout": 7, "short_body": 3})
    told = belief.section(replace(some, cells=(wrong, some.cells[1])))
    assert "- Errors: of 486 requests, 7 `timeout` and 3 `short_body`; every answer was checked.\n" in told


def test_what_nobody_looked_for_is_not_said_to_be_absent() -> None:
    some = replace(findings(ONE), ceiling=None)
    nothing = replace(some, cells=tuple(failed(one.cell) for one in some.cells))
    assert belief.section(nothing) == f"## Whether to believe it\n\n- {NO_CONTROL}\n- {UNPINNED}"
