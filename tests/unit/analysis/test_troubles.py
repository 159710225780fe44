from dataclasses import replace
from pathlib import Path

from harness.analysis.findings import Trouble, TroubleCode
from harness.model.journal import Record
from harness.model.outcomes import Status
from harness.model.plan import Refusal
from tests.builders.journals import (
    FINISHED,
    INTERRUPTED,
    LAUNCH,
    cell,
    findings,
    good,
    header,
    in_blocks,
    launched,
    lost,
    never_ready,
    plan,
    run,
)

WIDER = replace(LAUNCH, thread_limit=100)
FOUR = plan(cell("def"), cell("async"), cell("def", launch=WIDER), cell("async", launch=WIDER))


def test_a_run_without_trouble_has_none(tmp_path: Path) -> None:
    assert findings(tmp_path, *run(FOUR)).troubles == ()


def test_a_failed_launch_is_listed_once_and_its_cells_are_not(tmp_path: Path) -> None:
    found = findings(
        tmp_path,
        header(FOUR),
        never_ready(1, 1, "exit code 3", WIDER),
        lost(1, 1, 2, "exit code 3"),
        lost(1, 1, 3, "exit code 3"),
        launched(1, 2),
        good(1, 2, 0),
        good(1, 2, 1),
        FINISHED,
    )

    assert found.troubles == (Trouble(TroubleCode.LAUNCH_FAILED, Status.FAILED, "exit code 3", 2, (FOUR.cells[2],)),)
    assert [one.status for one in found.cells] == ["ok", "ok", "failed", "failed"]


def test_failed_samples_are_grouped_by_cell_and_reason(tmp_path: Path) -> None:
    samples = [
        lost(1, 1, 0, "connection reset"),
        lost(2, 1, 0, "connection reset"),
        lost(3, 1, 0, "no answer after 60 s", Status.TIMEOUT),
        *(good(block, 1, 1) for block in (1, 2, 3)),
    ]

    found = findings(tmp_path, header(plan(cell("def"), cell("async"), blocks=3)), launched(1, 1), *samples, FINISHED)

    assert found.troubles == (
        Trouble(TroubleCode.CELL_FAILED, Status.FAILED, "connection reset", 2, (cell("def"),)),
        Trouble(TroubleCode.CELL_FAILED, Status.TIMEOUT, "no answer after 60 s", 1, (cell("def"),)),
    )


def test_refusals_are_grouped_by_reason_and_counted_in_samples(tmp_path: Path) -> None:
    daphne = replace(LAUNCH, server="daphne")
    granian = replace(LAUNCH, server="granian")
    blocking = [cell("async-blocking", concurrency, on) for on in (LAUNCH, granian) for concurrency in (80, 120)]
    refusals = (
        *(Refusal(cell(style, launch=daphne), Status.UNSUPPORTED, "no uvloop") for style in ("def", "async")),
        *(Refusal(one, Status.SKIPPED, "would take too long") for one in blocking),
    )
    with_refusals = plan(cell("def"), cell("def", launch=granian), refusals=refusals, blocks=2)

    assert findings(tmp_path, *run(with_refusals)).troubles == (
        Trouble(TroubleCode.REFUSED, Status.UNSUPPORTED, "no uvloop", 4, tuple(one.cell for one in refusals[:2])),
        Trouble(TroubleCode.REFUSED, Status.SKIPPED, "would take too long", 8, tuple(blocking)),
    )


def test_what_an_interruption_left_out_is_one_trouble(tmp_path: Path) -> None:
    first: list[Record] = [
        launched(1, 1),
        good(1, 1, 0),
        good(1, 1, 1),
        launched(1, 2, WIDER),
        good(1, 2, 2),
        good(1, 2, 3),
    ]

    found = findings(tmp_path, header(in_blocks(FOUR, 4)), *first, launched(2, 3), good(2, 3, 0), INTERRUPTED)

    assert found.troubles == (
        Trouble(TroubleCode.INTERRUPTED, Status.SKIPPED, None, 11, blocks_in_part=(2,), whole_blocks=2),
    )
