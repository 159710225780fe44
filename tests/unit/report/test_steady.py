from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.analysis.findings import CellFinding, Control, Findings
from harness.model.flags import Flag
from harness.report import answer
from harness.report.sections import closed_loop, open_loop
from harness.report.sentences.steady import at_the_highest_rate, sentences
from harness.report.writing.markdown import PLAIN
from tests.builders.executors import CLOSED_LOOP, CONSTANT_RATE
from tests.builders.findings import Run, failed, findings, judged_again, refused, with_control

CLOSED = Run(executor=CLOSED_LOOP, servers=("uvicorn", "granian"), concurrencies=(40, 64))
OPEN = Run(executor=CONSTANT_RATE, servers=("uvicorn",), concurrencies=(64,), rates=(200, 400, 800))


def changed(some: Findings, change: Callable[[CellFinding], CellFinding]) -> Findings:
    return replace(some, cells=tuple(judged_again(change(one)) for one in some.cells))


def bound(server: str, style: str, at: int) -> Callable[[CellFinding], CellFinding]:
    """Makes one cell client-bound."""

    def change(one: CellFinding) -> CellFinding:
        cell = one.cell
        hit = (cell.launch.server, cell.style, cell.rate or cell.concurrency) == (server, style, at)
        return replace(one, flagged_blocks={Flag.CLIENT_BOUND: 6}) if hit else one

    return change


def test_a_closed_loop_is_told_in_rates_and_latencies() -> None:
    some = changed(findings(replace(CLOSED, blocks=5)), bound("granian", "async", 64))
    assert str(closed_loop.section(some)) == (
        "## How much was answered\n\n"
        "Checked answers a second, by requests always in flight (at once), server and style, over 5 blocks of 5 s, "
        "each after a warm-up of 1 s. In such a closed loop a slow server is asked less, so latencies flatter it. The "
        "delay of a request is 100 ms.\n\n"
        "### Scenario sleep\n\n"
        "What sleep shows: `def` \\*waits\\*.\n\n"
        "#### sleep, thread limit 40\n\n"
        "| at once | uvicorn `def` | uvicorn `async` | granian `def` | granian `async` |\n"
        "| ---: | ---: | ---: | ---: | ---: |\n"
        "| 40 | 400.0 | 400.0 | 400.0 | 400.0 |\n"
        "| 64 | 400.0 | 640.0 | 400.0 | 640.0† |\n\n"
        "† Client-bound: this says more about the client than about the server, and ranks nothing.\n\n"
        "Closed-loop latency of the same requests, in ms: median / 99th percentile.\n\n"
        "| at once | uvicorn `def` | uvicorn `async` | granian `def` | granian `async` |\n"
        "| ---: | ---: | ---: | ---: | ---: |\n"
        "| 40 | 100.0 / 200.0 | 100.0 / 200.0 | 100.0 / 200.0 | 100.0 / 200.0 |\n"
        "| 64 | 160.0 / 320.0 | 100.0 / 200.0 | 160.0 / 320.0 | 100.0 / 200.0 |"
    )


def test_the_intervals_of_rates_are_folded_away() -> None:
    assert str(closed_loop.section(findings(replace(CLOSED, servers=("uvicorn",))))).endswith(
        "<details>\n<summary>95% intervals of the median over blocks, in requests a second</summary>\n\n"
        "| at once | uvicorn `def` | uvicorn `async` |\n"
        "| ---: | ---: | ---: |\n"
        "| 40 | 396.0 to 404.0 | 396.0 to 404.0 |\n"
        "| 64 | 396.0 to 404.0 | 633.6 to 646.4 |\n\n"
        "</details>"
    )


def test_an_open_loop_is_told_rate_by_rate() -> None:
    some = findings(OPEN)
    cells = (*some.cells[:3], failed(some.cells[3].cell), refused(some.cells[4].cell), some.cells[5])
    assert str(open_loop.section(replace(some, cells=cells))) == (
        "## What was kept up with\n\n"
        "An open loop: requests are due at a constant rate, whatever has become of those before. A server that answers "
        "less than the rate, or drops, does not keep up. Latency (median / 99th percentile) counts from when a request "
        "was due. Late: sent after waiting for a free connection; dropped: still waiting in the end. Checked answers "
        "over 6 blocks of 5 s, each after a warm-up of 1 s. The delay of a request is 100 ms.\n\n"
        "### Scenario sleep\n\n"
        "What sleep shows: `def` \\*waits\\*.\n\n"
        "#### sleep, thread limit 40\n\n"
        "| server | style | rate | answered/s | latency, ms | late | dropped |\n"
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |\n"
        "| uvicorn | `def` | 200/s | 200.0 | 100.0 / 200.0 | 0 | 0 |\n"
        "| uvicorn | `def` | 400/s | 400.0 | 100.0 / 200.0 | 0 | 0 |\n"
        "| uvicorn | `def` | 800/s | 400.0 | 400.0 / 800.0 | 24000 | 12000 |\n"
        "| uvicorn | `async` | 200/s | failed | — | — | — |\n"
        "| uvicorn | `async` | 400/s | skipped | — | — | — |\n"
        "| uvicorn | `async` | 800/s | 640.0 | 156.2 / 312.5 | 9600 | 4800 |\n\n"
        "<details>\n<summary>95% intervals of the median over blocks, and the 99th percentile of how late the client "
        "itself sent</summary>\n\n"
        "| server | style | rate | answered/s, 95% interval | lag of the client, ms |\n"
        "| --- | --- | ---: | ---: | ---: |\n"
        "| uvicorn | `def` | 200/s | 198.0 to 202.0 | 0.20 |\n"
        "| uvicorn | `def` | 400/s | 396.0 to 404.0 | 0.20 |\n"
        "| uvicorn | `def` | 800/s | 396.0 to 404.0 | 0.20 |\n"
        "| uvicorn | `async` | 800/s | 633.6 to 646.4 | 0.20 |\n\n"
        "</details>"
    )


def test_connections_that_vary_keep_open_loops_apart() -> None:
    some = str(open_loop.section(findings(replace(OPEN, concurrencies=(64, 128)))))
    assert "### sleep, thread limit 40, 64 connections\n" in some
    assert "### sleep, thread limit 40, 128 connections\n" in some
    assert some.count("| uvicorn | `async` | 800/s | 640.0 |") == 1
    assert some.count("| uvicorn | `async` | 800/s | 800.0 |") == 1


def test_bursts_alone_have_no_tables_of_loops() -> None:
    assert (closed_loop.section(findings()), open_loop.section(findings())) == (None, None)


def told(some: Findings) -> str:
    """What the verdict says of steady load."""
    return " ".join(sentences(some, PLAIN))


def test_a_closed_loop_is_told_by_what_all_servers_answered_at_the_highest_concurrency() -> None:
    servers = ("uvicorn", "granian", "daphne", "h2corn")
    some = changed(
        findings(replace(CLOSED, servers=servers)),
        lambda one: replace(one, rps=300.0) if one.cell.launch.server == "daphne" else one,
    )
    assert told(some) == (
        "With 64 requests always in flight, def answered 300.0 to 400.0 a second and async 300.0 to 640.0, on all four "
        "servers."
    )
    assert answer.lead(some, PLAIN) == told(some)


def test_styles_that_are_not_compared_are_told_of_where_there_are_no_others() -> None:
    assert told(findings(replace(CLOSED, styles=("async-to-thread",), servers=("uvicorn",)))) == (
        "With 64 requests always in flight, async-to-thread answered 640.0 a second, on uvicorn."
    )


def test_many_settings_are_left_to_the_tables() -> None:
    said = told(findings(replace(CLOSED, servers=("uvicorn",), thread_limits=(10, 20, 30, 40, 50))))
    assert "With 64 requests always in flight (thread limit 10), def answered 100.0 a second" in said
    assert "thread limit 40" not in said
    assert said.endswith("The figures of 2 more settings are in the tables.")


def test_a_client_bound_cell_is_no_part_of_the_answer() -> None:
    some = changed(findings(replace(CLOSED, styles=("async",))), bound("granian", "async", 64))
    assert told(some) == "With 64 requests always in flight, async answered 640.0 a second, on uvicorn."
    assert "Left out here: 1 cell where the client was at its limit (client-bound)." in answer.plain(some)


def test_the_answer_of_an_open_loop_is_what_was_kept_up_with() -> None:
    some = findings(replace(OPEN, servers=("uvicorn", "granian", "daphne"), concurrencies=(80,)))

    def daphne_is_slow(one: CellFinding) -> CellFinding:
        is_slow = one.cell.launch.server == "daphne" and one.cell.style == "def"
        return replace(one, rps=190.0, rps_low=189.0, rps_high=191.0) if is_slow else one

    assert told(changed(some, daphne_is_slow)) == (
        "When requests came at a rate of their own, def kept up with 400 a second and not with 800 on uvicorn and "
        "granian, did not keep up with 200 a second on daphne; async kept up with 800 a second (the most that was "
        "tried) on all three servers."
    )


def test_a_rate_that_failed_was_not_kept_up_with() -> None:
    some = findings(replace(OPEN, styles=("async",), rates=(200, 400)))
    assert told(replace(some, cells=(some.cells[0], failed(some.cells[1].cell)))).startswith(
        "When requests came at a rate of their own, async kept up with 200 a second and not with 400 on uvicorn."
    )


def test_few_blocks_of_steady_load_claim_nothing() -> None:
    assert "One block only: figures, no claims." in answer.plain(findings(replace(CLOSED, blocks=1)))


def undecided_at(rate: int) -> Callable[[CellFinding], CellFinding]:
    return lambda one: replace(one, rps_low=0.9 * rate, rps_high=rate) if one.cell.rate == rate else one


def test_what_lies_between_keeping_up_and_not_is_undecided() -> None:
    some = findings(replace(OPEN, servers=("uvicorn",), styles=("def",), concurrencies=(80,)))
    assert told(changed(some, undecided_at(400))) == (
        "When requests came at a rate of their own, def kept up with 200 a second (undecided at 400) and not with 800 "
        "on uvicorn."
    )


@pytest.mark.parametrize("doubtful", ["few blocks", "a control that is off"])
def test_without_an_interval_or_a_clean_control_what_was_answered_is_told(doubtful: str) -> None:
    run = replace(OPEN, servers=("uvicorn",), styles=("def",), concurrencies=(80,))
    some = findings(replace(run, blocks=1) if doubtful == "few blocks" else run)
    off = Control((some.cells[0].cell,), 6, 1.2, 1.1, 1.3, within=False)
    said = told(some if doubtful == "few blocks" else with_control(some, off))
    assert "def answered 400.0 of 800 a second on uvicorn." in said
    assert "kept up" not in said


def test_how_long_requests_took_at_the_highest_rate_is_told_of_each_style() -> None:
    assert at_the_highest_rate(findings(OPEN), PLAIN) == (
        "At 800 a second the median request took 400 ms as def and 156 ms as async, counted from when it was due."
    )
    assert at_the_highest_rate(findings(CLOSED), PLAIN) is None
