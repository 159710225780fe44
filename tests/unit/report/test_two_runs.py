import json
from dataclasses import replace
from typing import Any

import pytest

from harness.analysis.findings import Comparison, Control, Withheld, Withholding
from harness.analysis.statistics.estimates import Estimate
from harness.analysis.statistics.verdicts import DIFFERS, FASTER, SAME, SLOWER, UNDECIDED, Verdict
from harness.analysis.two_runs import CellInBoth, RunFacts, StyleInBoth, TwoRuns
from harness.model.executors import BURST, CLOSED_LOOP, CONSTANT_RATE
from harness.model.journal import Change
from harness.model.plan import Cell, Launch
from harness.report.document import Document, Section
from harness.report.markdown import render_markdown
from harness.report.two_runs import refuse, render_comparison, render_headline
from harness.report.two_runs_json import render_json
from tests.builders.journals import plan
from tests.builders.reader import headings, raw_html, tables

LAUNCH = Launch("sleep", "uvicorn", 40, 1, "uvloop", 0.1)
CELL = Cell(LAUNCH, "def", BURST.name, "engine", 40)
GRANIAN = replace(CELL, launch=replace(LAUNCH, server="granian"))
DAPHNE = replace(CELL, launch=replace(LAUNCH, server="daphne"))
IN_DAPHNE = (DAPHNE, replace(DAPHNE, style="async"))
PLAN = plan(CELL, replace(CELL, style="async"), GRANIAN, replace(GRANIAN, style="async"), *IN_DAPHNE)
HOSTILE = "a|b<script>alert(1)</script>`[x](http://evil)*\\"


def a_run(name: str, **changes: Any) -> RunFacts:
    control = Control((CELL,), 6, 1.004, 0.99, 1.01, within=True)
    return replace(RunFacts(name, "2026-11-23T14:08:38+00:00", PLAN, 6, None, control, ()), **changes)


def a_style(
    server: str,
    style: str,
    ratio: float,
    verdict: Verdict | None,
    *,
    withheld: Withholding | None = None,
    sure: bool = True,
    **changes: Any,
) -> StyleInBoth:
    cell = replace(CELL, style=style, launch=replace(LAUNCH, server=server))
    low, high = (ratio - 0.02, ratio + 0.02) if sure else (None, None)
    found = Comparison(cell, cell, 6, ratio, low, high, 0.0125, verdict, withheld)
    return replace(StyleInBoth(found, cells=4, bound=0, blocks=(6, 6)), **changes)


def both(cell: Cell, before_s: float, after_s: float, **changes: Any) -> CellInBoth:
    times = after_s / before_s
    return replace(
        CellInBoth(cell, (before_s, after_s), (6, 6), Estimate(times, times - 0.01, times + 0.01), None), **changes
    )


FOUND = TwoRuns(
    runs=(a_run("20261123T140838Z-before"), a_run("20261124T100000Z-after", alone=IN_DAPHNE)),
    difference=0.05,
    apart=(),
    changed=(
        Change("commit", "15380d6", "a1b2c3d"),
        Change("uvicorn", "0.54.0", None),
        Change("client_cores", [], [1]),
    ),
    styles=(
        a_style("uvicorn", "def", 1.12, SLOWER),
        a_style("uvicorn", "async", 1.01, SAME),
        a_style("granian", "async", 1.004, SAME, bound=1),
    ),
    cells=(
        both(CELL, 0.2, 0.224),
        both(replace(CELL, style="async"), 0.201, 0.203),
        both(replace(GRANIAN, style="async"), 0.205, 0.206, bound="client-bound"),
    ),
    without=(GRANIAN,),
)


def test_a_comparison_opens_with_what_is_claimed_and_ends_with_what_it_is_worth() -> None:
    assert render_comparison(FOUND) == (
        """\
# B against A

B against A, in these two runs:

- **slower**: uvicorn `def` (1.12 times as long)
- **same within 5%**: uvicorn `async` and granian `async`

- A: `20261123T140838Z-before`, 2026-11-23 14:08 UTC; 6 complete blocks; A/A control 1.00, within the practical \
difference
- B: `20261124T100000Z-after`, 2026-11-23 14:08 UTC; 6 complete blocks; A/A control 1.00, within the practical \
difference; 2 cells that the other has not: daphne: 2 cells

## Verdicts

B / A is how many times as long B took: until the last answer of a burst, per answer of a closed loop, or as the mean \
latency of an open loop. A verdict is on the mean over all cells of a style in each block. Verdicts share the 5% that \
may be missed: the more there are, the wider the intervals.

| server | style | cells | B / A | interval | blocks, A and B | verdict on these two runs |
| --- | --- | ---: | ---: | ---: | ---: | --- |
| uvicorn | `def` | 4 | 1.12 | 1.10 to 1.14 | 6, 6 | ✗ slower |
| uvicorn | `async` | 4 | 1.01 | 0.99 to 1.03 | 6, 6 | same within 5% |
| granian | `async` | 4 | 1.00 | 0.98 to 1.02 | 6, 6 | same within 5% |

1 cell omitted as client-bound or upstream-bound: the server was not the limit there.

## What has changed

| what | A | B |
| --- | --- | --- |
| commit | 15380d6 | a1b2c3d |
| uvicorn | 0.54.0 | not known |
| cores of the client | none | 1 |

## Cells

Medians over blocks. In brackets the 95% interval of each cell alone.

### sleep

| server | style | concurrent requests | A, s | B, s | blocks, A and B | B / A |
| --- | --- | ---: | ---: | ---: | ---: | ---: |
| uvicorn | `def` | 40 | 0.200 | 0.224 | 6, 6 | 1.12 (1.11 to 1.13) |
| uvicorn | `async` | 40 | 0.201 | 0.203 | 6, 6 | 1.01 (1.00 to 1.02) |
| granian | `async` | 40 | 0.205† | 0.206† | 6, 6 | 1.00 (0.99 to 1.01) |

† Client-bound: the client was the limit, not the server, so this ranks nothing.

Without a figure in one of the runs: 1 cell, granian def.

## What this is worth

Two runs on two days are context, not evidence. Whatever else differed between them moved all blocks of a run alike, \
and an interval knows only the noise from block to block. For evidence, measure both in the same blocks: put both \
variants into one matrix, each with a name under `servers:`, and compare them there with `compare:`.
"""
    )


def headline(*styles: StyleInBoth) -> list[str]:
    blocks = tuple(render_headline(replace(FOUND, styles=styles)))
    return render_markdown(Document("t", (Section("s", None, blocks, rank=1),))).rstrip("\n").split("\n\n")[1:]


def test_every_verdict_has_a_line_the_gravest_first() -> None:
    assert headline(
        a_style("uvicorn", "def", 1.0, UNDECIDED),
        a_style("granian", "def", 1.04, DIFFERS),
        a_style("granian", "async", 0.8, FASTER),
    )[1].splitlines() == [
        "- **faster**: granian `async` (0.80 times as long)",
        "- **differs, perhaps by less than 5%**: granian `def`",
        "- **undecided**: uvicorn `def`",
    ]


def test_a_withheld_verdict_has_its_reason_once() -> None:
    bound = Withholding(Withheld.CLIENT_BOUND)
    names = [a_style(server, "def", 1.0, None, withheld=bound) for server in ("uvicorn", "granian")]
    assert headline(*names)[1] == (
        "- **withheld: client-bound: what was measured is the client rather than the server**: uvicorn `def` and "
        "granian `def`"
    )


def test_a_long_list_is_counted() -> None:
    same = [a_style(f"server{number}", "def", 1.0, SAME) for number in range(9)]
    assert headline(*same)[1] == "- **same within 5%**: every style of every server"
    assert headline(*same, a_style("granian", "def", 1.0, UNDECIDED))[1].startswith(
        "- **same within 5%**: server0 `def`, server1 `def`, server2 `def`, server3 `def`, server4 `def`, "
        "server5 `def` and 3 more\n"
    )


def test_runs_that_are_apart_are_refused_unless_asked_for_across_hosts() -> None:
    apart = replace(FOUND, apart=(Change("host", "aaa", None), Change("method", 1, 2)))
    assert refuse(FOUND, across_hosts=False) is None
    assert refuse(apart, across_hosts=True) is None
    first, host, method, advice = (refuse(apart, across_hosts=False) or "").splitlines()
    assert first == "these two runs cannot be put into one ratio:"
    assert host == "  host is aaa in the first and not known in the second"
    assert method == "  method is 1 in the first and 2 in the second"
    assert "--across-hosts" in advice


def test_runs_without_a_common_cell_are_refused_with_what_each_of_them_has() -> None:
    runs = (a_run("before"), a_run("after", plan=plan(DAPHNE)))
    nothing = replace(FOUND, runs=runs, cells=(), styles=(), without=())
    assert (refuse(nothing, across_hosts=True) or "").splitlines()[:3] == [
        "these two runs have no cell in common, so there is nothing to compare:",
        "  before has uvicorn, granian, daphne: 2 cells each",
        "  after has daphne: 1 cell",
    ]


def test_runs_whose_common_cells_gave_no_figure_are_refused() -> None:
    assert refuse(replace(FOUND, cells=(), styles=()), across_hosts=False) == (
        "no cell gave a figure in both runs; both have granian def; `report` says what became of them"
    )


def test_across_hosts_it_says_why_there_are_figures_only() -> None:
    apart = (Change("host", "aaa", "bbb"), Change("method", 1, 2))
    cells = tuple(replace(each, ratio=None) for each in FOUND.cells)
    written = render_comparison(replace(FOUND, apart=apart, changed=apart, styles=(), cells=cells))

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
        (BURST.name, None, "concurrent requests | A, s | B, s", "40 | 0.200 | 0.224"),
        (CLOSED_LOOP.name, None, "connections | A, requests/s | B, requests/s", "40 | 5.00 | 4.46"),
        (CONSTANT_RATE.name, 90, "rate | A, ms of mean latency | B, ms of mean latency", "90/s | 200.0 | 224.0"),
    ],
)
def test_a_cell_has_the_figure_of_its_executor(executor: str, rate: int | None, headers: str, figures: str) -> None:
    cell = replace(CELL, executor=executor, rate=rate)
    written = render_comparison(replace(FOUND, cells=(both(cell, 0.2, 0.224),)))
    assert f"| server | style | {headers} | blocks, A and B | B / A |\n" in written
    assert f"| uvicorn | `def` | {figures} | 6, 6 | 1.12 (1.11 to 1.13) |\n" in written


def test_too_few_blocks_leave_no_interval_and_no_verdict() -> None:
    why = Withholding(Withheld.TOO_FEW_BLOCKS, blocks=1)
    few = a_style("uvicorn", "def", 1.12, None, withheld=why, sure=False, blocks=(1, 6))
    cells = (both(CELL, 0.2, 0.224, ratio=Estimate(1.12, None, None)),)
    written = render_comparison(replace(FOUND, styles=(few,), cells=cells))
    withheld = "withheld: too few blocks: 1 in one of the runs, and a claim takes 6 in each"
    assert f"| uvicorn | `def` | 4 | 1.12 | — | 1, 6 | ? {withheld} |\n" in written
    assert "| uvicorn | `def` | 40 | 0.200 | 0.224 | 6, 6 | 1.12 |\n" in written


def test_too_many_verdicts_for_the_blocks_are_explained() -> None:
    some = a_style("uvicorn", "def", 1.12, UNDECIDED, sure=False)
    written = render_comparison(replace(FOUND, styles=(some,)))
    assert "No interval means too few blocks for this many verdicts." in written


@pytest.mark.parametrize(
    ("control", "told"),
    [
        (None, "no A/A control"),
        (Control((CELL,), 6, 1.2, 1.1, 1.3, within=False), "A/A control 1.20, beyond the practical difference"),
        (Control((CELL,), 2, 1.0, None, None, within=None), "A/A control 1.00, too few blocks to judge it"),
        (Control((CELL,), 0, None, None, None, within=None), "no A/A control"),
    ],
)
def test_each_run_says_what_its_control_says(control: Control | None, told: str) -> None:
    written = render_comparison(replace(FOUND, runs=(a_run("before"), a_run("after", control=control))))
    assert f"\n- B: `after`, 2026-11-23 14:08 UTC; 6 complete blocks; {told}\n" in written
    assert ("B had no A/A control" in written) == (control is None or control.ratio is None)


def test_it_is_said_which_blocks_of_a_run_are_compared_that_decided_itself_when_to_stop() -> None:
    runs = (a_run("before"), a_run("after", blocks=14, compared=6))
    written = render_comparison(replace(FOUND, runs=runs))
    assert (
        "\n- B: `after`, 2026-11-23 14:08 UTC; 14 complete blocks, of which the first 6 are compared: the run "
        "decided itself when to stop; A/A control 1.00, within the practical difference\n"
    ) in written
    assert written.count("compared") == 1


def test_nothing_changed_is_said_too() -> None:
    assert "Nothing that the journals record" in render_comparison(replace(FOUND, changed=()))


def test_hostile_names_do_no_harm_and_break_no_table() -> None:
    hostile = replace(CELL, launch=replace(LAUNCH, server=HOSTILE))
    cells = tuple(both(replace(hostile, concurrency=number), 0.2, 0.3) for number in range(30))
    verdict = a_style(HOSTILE, "def", 1.1, SLOWER)
    written = render_comparison(
        replace(
            FOUND,
            runs=(
                a_run(HOSTILE, plan=plan(hostile)),
                a_run(HOSTILE, plan=plan(hostile), started_at=HOSTILE, alone=(hostile,)),
            ),
            changed=(Change(HOSTILE, HOSTILE, [HOSTILE]),),
            styles=(verdict,),
            cells=cells,
            without=(hostile,),
        )
    )
    assert set(raw_html(written)) == {"<details>\n<summary>All 30 cells</summary>\n", "</details>\n"}
    assert [set(rows) for rows in tables(written)] == [{7}, {3}, {7}]


def test_the_json_says_the_same() -> None:
    told = json.loads(render_json(FOUND))

    assert list(told) == [
        "valid", "caveat", "runs", "difference", "apart", "changed", "verdicts", "cells", "without",
    ]  # fmt: skip
    assert told["valid"] is True
    assert told["caveat"].startswith("Two runs on two days are context, not evidence")
    assert told["changed"][0] == {"what": "commit", "before": "15380d6", "now": "a1b2c3d"}
    assert told["runs"][1]["alone"] == {"cells": 2, "names": "daphne: 2 cells"}
    assert told["without"] == {"cells": 1, "names": "granian def"}
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
    assert json.loads(render_json(replace(FOUND, runs=(a_run("before"), dirty))))["valid"] is False
