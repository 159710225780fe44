import json
from dataclasses import replace
from typing import Any

import pytest

from harness.analysis.findings import Control
from harness.analysis.statistics.estimates import Estimate
from harness.analysis.statistics.verdicts import DIFFERS, FASTER, SAME, SLOWER, UNDECIDED, Verdict
from harness.analysis.two_runs import Alone, Both, Run, SideBySide, StyleVerdict
from harness.model.environment import Change
from harness.model.plan import BURST, CLOSED_LOOP, CONSTANT_RATE, Cell
from harness.report.two_runs import side_by_side, side_by_side_json
from tests.builders.journals import LAUNCH, cell
from tests.builders.reader import headings, raw_html, tables

CELL = cell("def", 40)
HOSTILE = "a|b<script>alert(1)</script>`[x](http://evil)*\\"


def a_run(name: str, **changes: Any) -> Run:
    control = Control((CELL,), 6, 1.004, 0.99, 1.01, within=True)
    return replace(Run(name, "2026-11-23T14:08:38+00:00", 6, None, control, None), **changes)


def a_verdict(server: str, style: str, ratio: float, verdict: Verdict | None, **changes: Any) -> StyleVerdict:
    some = StyleVerdict(server, style, 4, 0, (6, 6), ratio, ratio - 0.02, ratio + 0.02, 0.0125, verdict, None)
    return replace(some, **changes)


def both(cell: Cell, before_s: float, after_s: float, **changes: Any) -> Both:
    times = after_s / before_s
    return replace(
        Both(cell, (before_s, after_s), (6, 6), Estimate(times, times - 0.01, times + 0.01), None), **changes
    )


FOUND = SideBySide(
    runs=(a_run("20261123T140838Z-before"), a_run("20261124T100000Z-after", alone=Alone(2, "daphne: 2 cells"))),
    difference=0.05,
    apart=(),
    changed=(
        Change("commit", "15380d6", "a1b2c3d"),
        Change("uvicorn", "0.54.0", None),
        Change("client_cores", [], [1]),
    ),
    verdicts=(
        a_verdict("uvicorn", "def", 1.12, SLOWER),
        a_verdict("uvicorn", "async", 1.01, SAME),
        a_verdict("granian", "async", 1.004, SAME, bound=1),
    ),
    cells=(
        both(CELL, 0.2, 0.224),
        both(replace(CELL, style="async"), 0.201, 0.203),
        both(
            replace(CELL, style="async", launch=replace(LAUNCH, server="granian")), 0.205, 0.206, bound="client-bound"
        ),
    ),
    without=Alone(1, "granian def at 40"),
)


def test_a_comparison_opens_with_what_is_claimed_and_ends_with_what_it_is_worth() -> None:
    assert side_by_side.render(FOUND) == (
        """\
# B against A

Of these two runs: B is **slower** than A on uvicorn `def` (1.12 times as long). B is the **same** as A within 5% on \
uvicorn `async` and granian `async`.

- A: `20261123T140838Z-before`, 2026-11-23 14:08 UTC; 6 complete blocks; A/A control 1.00, within the practical \
difference
- B: `20261124T100000Z-after`, 2026-11-23 14:08 UTC; 6 complete blocks; A/A control 1.00, within the practical \
difference; 2 cells that the other has not: daphne: 2 cells

## Verdicts

B / A says how many times as much B cost: the time until the last answer of a burst, the time per answer of a closed \
loop, the mean latency of an open loop; less is better. In each block of a run the mean over all cells of a style \
counts, blocks of B against blocks of A. The verdicts share the 5% that may be missed, so the more of them there are, \
the wider the intervals.

| server | style | cells | blocks, A and B | B / A | interval | verdict on these two runs |
| --- | --- | ---: | ---: | ---: | ---: | --- |
| uvicorn | `def` | 4 | 6, 6 | 1.12 | 1.10 to 1.14 | slower |
| uvicorn | `async` | 4 | 6, 6 | 1.01 | 0.99 to 1.03 | same within 5% |
| granian | `async` | 4 | 6, 6 | 1.00 | 0.98 to 1.02 | same within 5% |

1 cell left aside as client-bound or upstream-bound: what was measured there is not the server.

## What has changed

| what | A | B |
| --- | --- | --- |
| commit | 15380d6 | a1b2c3d |
| uvicorn | 0.54.0 | not known |
| cores of the client | none | 1 |

## Cells

Medians over blocks. In brackets 95% intervals of each cell alone: they describe.

### sleep

| server | style | at once | A, s | B, s | blocks, A and B | B / A |
| --- | --- | ---: | ---: | ---: | ---: | ---: |
| uvicorn | `def` | 40 | 0.200 | 0.224 | 6, 6 | 1.12 (1.11 to 1.13) |
| uvicorn | `async` | 40 | 0.201 | 0.203 | 6, 6 | 1.01 (1.00 to 1.02) |
| granian | `async` | 40 | 0.205† | 0.206† | 6, 6 | 1.00 (0.99 to 1.01) |

† Client-bound: this says more about the client than about the server, and ranks nothing.

Without a figure in one of the runs: 1 cell, granian def at 40.

## What this is worth

Two runs on two days are context, not evidence: whatever else was different between them moved all blocks of a run \
alike, and an interval, which knows only the noise from block to block, cannot tell it from what you changed. The \
evidence is an interleaved rerun: put both variants into one matrix, each under a name of its own in `servers:`, and \
hold them against each other there with `compare:`, so that every block measures both.
"""
    )


def headline(*verdicts: StyleVerdict) -> list[str]:
    return list(side_by_side.headline(replace(FOUND, verdicts=verdicts)))


def test_every_verdict_has_a_sentence() -> None:
    (told,) = headline(
        a_verdict("uvicorn", "def", 1.0, UNDECIDED),
        a_verdict("granian", "def", 1.04, DIFFERS),
        a_verdict("granian", "async", 0.8, FASTER),
    )
    assert told == (
        "Of these two runs: B is **faster** than A on granian `async` (0.80 times as long). B **differs** from A, "
        "perhaps by less than 5%, on granian `def`. B against A is **undecided** on uvicorn `def`."
    )


def test_what_nothing_is_claimed_of_has_its_reason_once() -> None:
    reason = "client-bound: what was measured is the client rather than the server"
    assert headline(
        a_verdict("uvicorn", "def", 1.0, None, reason=reason), a_verdict("granian", "def", 1.0, None, reason=reason)
    ) == [f"**Nothing is claimed** of uvicorn `def` and granian `def`: {reason}."]


def test_a_long_list_is_counted() -> None:
    same = [a_verdict(f"server{number}", "def", 1.0, SAME) for number in range(9)]
    assert headline(*same) == ["Of these two runs: B is the **same** as A within 5% on every style of every server."]
    assert headline(*same, a_verdict("granian", "def", 1.0, UNDECIDED))[0].startswith(
        "Of these two runs: B is the **same** as A within 5% on server0 `def`, server1 `def`, server2 `def`, "
        "server3 `def`, server4 `def`, server5 `def` and 3 more. "
    )


def test_across_hosts_it_says_why_there_are_figures_only() -> None:
    apart = (Change("host", "aaa", "bbb"), Change("method", 1, 2))
    cells = tuple(replace(each, ratio=None) for each in FOUND.cells)
    written = side_by_side.render(replace(FOUND, apart=apart, changed=apart, verdicts=(), cells=cells))

    assert (
        "Figures side by side, **without ratios and without verdicts**: the runs are not known to agree in host "
        "(aaa in A, bbb in B) and version of the method (1 in A, 2 in B), and such figures are never put into one "
        "ratio."
    ) in written
    assert "B / A" not in written
    assert "| uvicorn | `def` | 40 | 0.200 | 0.224 | 6, 6 |\n" in written
    assert headings(written) == ["B against A", "What has changed", "Cells", "sleep", "What this is worth"]


@pytest.mark.parametrize(
    ("executor", "rate", "headers", "figures"),
    [
        (BURST, None, "at once | A, s | B, s", "40 | 0.200 | 0.224"),
        (CLOSED_LOOP, None, "at once | A, answers/s | B, answers/s", "40 | 5.00 | 4.46"),
        (CONSTANT_RATE, 90, "rate | A, ms of mean latency | B, ms of mean latency", "90/s | 200.0 | 224.0"),
    ],
)
def test_a_cell_has_the_figure_of_its_executor(executor: str, rate: int | None, headers: str, figures: str) -> None:
    cell = replace(CELL, executor=executor, rate=rate)
    written = side_by_side.render(replace(FOUND, cells=(both(cell, 0.2, 0.224),)))
    assert f"| server | style | {headers} | blocks, A and B | B / A |\n" in written
    assert f"| uvicorn | `def` | {figures} | 6, 6 | 1.12 (1.11 to 1.13) |\n" in written


def test_too_few_blocks_leave_no_interval_and_no_verdict() -> None:
    few = a_verdict("uvicorn", "def", 1.12, None, low=None, high=None, blocks=(1, 6), reason="too few")
    cells = (both(CELL, 0.2, 0.224, ratio=Estimate(1.12, None, None)),)
    written = side_by_side.render(replace(FOUND, verdicts=(few,), cells=cells))
    assert "| uvicorn | `def` | 4 | 1, 6 | 1.12 | — | none |\n" in written
    assert "| uvicorn | `def` | 40 | 0.200 | 0.224 | 6, 6 | 1.12 |\n" in written


def test_too_many_verdicts_for_the_blocks_are_explained() -> None:
    some = a_verdict("uvicorn", "def", 1.12, UNDECIDED, low=None, high=None)
    written = side_by_side.render(replace(FOUND, verdicts=(some,)))
    assert "Where there is no interval, there are too few blocks for so many verdicts at once." in written


@pytest.mark.parametrize(
    ("control", "told"),
    [
        (None, "no A/A control"),
        (Control((CELL,), 6, 1.2, 1.1, 1.3, within=False), "A/A control 1.20, **beyond the practical difference**"),
        (Control((CELL,), 2, 1.0, None, None, within=None), "A/A control 1.00, too few blocks to judge it"),
        (Control((CELL,), 0, None, None, None, within=None), "no A/A control"),
    ],
)
def test_each_run_says_what_its_control_says(control: Control | None, told: str) -> None:
    written = side_by_side.render(replace(FOUND, runs=(a_run("before"), a_run("after", control=control))))
    assert f"\n- B: `after`, 2026-11-23 14:08 UTC; 6 complete blocks; {told}\n" in written
    assert ("B had no A/A control" in written) == (control is None or control.ratio is None)


def test_it_is_said_which_blocks_of_a_run_are_compared_that_decided_itself_when_to_stop() -> None:
    runs = (a_run("before"), a_run("after", blocks=14, compared=6))
    written = side_by_side.render(replace(FOUND, runs=runs))
    assert (
        "\n- B: `after`, 2026-11-23 14:08 UTC; 14 complete blocks; of a run that decided itself when to stop, its "
        "first 6 blocks are compared; A/A control 1.00, within the practical difference\n"
    ) in written
    assert written.count("compared") == 1


def test_nothing_changed_is_said_too() -> None:
    assert "Nothing of what the journals record" in side_by_side.render(replace(FOUND, changed=()))


def test_hostile_names_do_no_harm_and_break_no_table() -> None:
    launch = replace(LAUNCH, server=HOSTILE)
    cells = tuple(both(cell("def", number, launch), 0.2, 0.3) for number in range(30))
    verdict = a_verdict(HOSTILE, "def", 1.1, SLOWER, reason=HOSTILE)
    written = side_by_side.render(
        replace(
            FOUND,
            runs=(a_run(HOSTILE), a_run(HOSTILE, started_at=HOSTILE, alone=Alone(1, HOSTILE))),
            changed=(Change(HOSTILE, HOSTILE, [HOSTILE]),),
            verdicts=(verdict,),
            cells=cells,
            without=Alone(1, HOSTILE),
        )
    )
    assert set(raw_html(written)) == {"<details>\n<summary>All 30 of them</summary>\n", "</details>\n"}
    assert [set(rows) for rows in tables(written)] == [{7}, {3}, {7}]


def test_the_json_says_the_same() -> None:
    told = json.loads(side_by_side_json.render(FOUND))

    assert list(told) == [
        "valid", "caveat", "runs", "difference", "apart", "changed", "verdicts", "cells", "without",
    ]  # fmt: skip
    assert told["valid"] is True
    assert told["caveat"].startswith("Two runs on two days are context, not evidence")
    assert told["changed"][0] == {"what": "commit", "before": "15380d6", "now": "a1b2c3d"}
    assert told["verdicts"][0] == {
        "server": "uvicorn",
        "style": "def",
        "cells": 4,
        "bound": 0,
        "blocks": [6, 6],
        "ratio": 1.12,
        "low": 1.1,
        "high": 1.14,
        "may_miss": 0.0125,
        "verdict": "slower",
        "reason": None,
    }
    assert told["cells"][0] == {
        "scenario": "sleep",
        "server": "uvicorn",
        "thread_limit": 40,
        "workers": 1,
        "loop": "uvloop",
        "delay_s": 0.1,
        "pool_size": None,
        "parameters": {},
        "style": "def",
        "executor": "burst",
        "client": "engine",
        "concurrency": 40,
        "rate": None,
        "cost_s": [0.2, 0.224],
        "blocks": [6, 6],
        "ratio": 1.12,
        "low": 1.11,
        "high": 1.13,
        "bound": None,
    }


def test_the_json_of_an_invalid_comparison_says_so() -> None:
    dirty = a_run("after", control=Control((CELL,), 6, 1.2, 1.1, 1.3, within=False))
    assert json.loads(side_by_side_json.render(replace(FOUND, runs=(a_run("before"), dirty))))["valid"] is False
