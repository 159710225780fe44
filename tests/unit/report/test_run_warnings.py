from dataclasses import replace
from pathlib import Path

import pytest

from harness.analysis.findings import Findings
from harness.model.flags import Flag
from harness.model.journal import ClientCost, Host, Record, Window
from harness.model.plan import Pair
from harness.report.naming import Names
from harness.report.wording import FLAG_WORDS, describe_warning
from tests.builders.journals import (
    FINISHED,
    IN_FORCE,
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
    stopped,
)

ONE = plan(cell())


def sentences(found: Findings) -> tuple[str, ...]:
    names = Names(found.header.plan)
    return tuple(describe_warning(warning, names) for warning in found.warnings)


def test_six_complete_blocks_of_like_launches_need_no_warning(tmp_path: Path) -> None:
    assert sentences(findings(tmp_path, *run(in_blocks(ONE, 6)))) == ()


def test_fewer_than_six_complete_blocks_are_warned_of(tmp_path: Path) -> None:
    assert sentences(findings(tmp_path, *run(in_blocks(ONE, 5)))) == (
        "5 complete blocks: the figures are shown as they are; an interval, and so a claim, takes 6 blocks",
    )
    assert sentences(findings(tmp_path, header(ONE), INTERRUPTED)) == (
        "no complete block: the figures are shown as they are; an interval, and so a claim, takes 6 blocks",
    )


def served(block: int, launch: int, *places: int) -> list[Record]:
    """One launch and the cells that were measured on it."""
    return [launched(block, launch), *(good(block, launch, place) for place in places), stopped(block, launch)]


def sittings_warned_of(folder: Path, *sittings: list[Record]) -> tuple[str, ...]:
    """The warnings of a run of two cells and two blocks whose sittings were all interrupted."""
    two = plan(cell("def"), cell("async"), blocks=2)
    found = findings(folder, header(two), *(record for sitting in sittings for record in (*sitting, INTERRUPTED)))
    return tuple(warning for warning in sentences(found) if "sitting" in warning)


def test_a_block_that_an_interruption_divides_is_warned_of(tmp_path: Path) -> None:
    assert sittings_warned_of(tmp_path, [*served(1, 1, 0, 1), *served(2, 2, 1)], served(2, 3, 0)) == (
        "block 2 was measured in 2 sittings: there is a break between figures that are compared with each other",
    )


def test_an_interruption_between_two_blocks_is_not_warned_of(tmp_path: Path) -> None:
    assert sittings_warned_of(tmp_path, served(1, 1, 0, 1), served(2, 2, 0, 1)) == ()


def test_a_block_that_was_measured_anew_as_a_whole_is_not_warned_of(tmp_path: Path) -> None:
    assert sittings_warned_of(tmp_path, served(1, 1, 0), served(1, 2, 0, 1)) == ()


def test_ports_that_servers_left_taken_are_warned_of_whether_these_got_ready_or_not(tmp_path: Path) -> None:
    launch = replace(LAUNCH, thread_limit=20)
    two = plan(cell(), cell(launch=launch), blocks=2)
    taken = [replace(stopped(block, block), port_freed=False) for block in (1, 2)]

    found = findings(
        tmp_path,
        header(two),
        launched(1, 1, launch),
        good(1, 1, 1),
        taken[0],
        never_ready(2, 2, "port taken", launch),
        lost(2, 2, 1, "port taken"),
        taken[1],
        launched(2, 3),
        stopped(2, 3),
        FINISHED,
    )

    assert sentences(found)[1:] == ("port still taken after uvicorn (thread limit 20) was stopped (2 launches)",)


def test_launches_of_one_kind_that_were_not_alike_are_warned_of(tmp_path: Path) -> None:
    updated = replace(
        IN_FORCE, limiter_tokens=39, http_parser=None, versions={**IN_FORCE.versions, "uvicorn": "0.55.0"}
    )
    samples = [record for block in range(1, 6) for record in (launched(block, block), good(block, block, 0))]

    found = findings(
        tmp_path,
        header(in_blocks(ONE, 6)),
        *samples,
        stopped(5, 5),
        launched(6, 6, in_force=updated),
        good(6, 6, 0),
        FINISHED,
    )

    assert sentences(found) == (
        "uvicorn: its launches differ in limiter tokens (40, 39); its figures mix them",
        "uvicorn: its launches differ in http parser (httptools, none); its figures mix them",
        "uvicorn: its launches differ in the version of uvicorn (0.54.0, 0.55.0); its figures mix them",
    )


def test_each_flag_is_warned_of_once_with_its_cells_and_samples(tmp_path: Path) -> None:
    late = ClientCost(cpu_s=0.01, send_span_s=0.001, late_connections=1)
    busy = Host(watched_s=1.0, cores=2, foreign_cpu_s=0.5)

    def sample(block: int, launch: int, place: int) -> Window:
        if place == 0:
            return replace(good(block, launch, place), client=late)
        return replace(good(block, launch, place), client=late, host=busy if block < 4 else None)

    found = findings(tmp_path, *run(plan(cell("def"), cell("async"), blocks=6), sample))

    assert sentences(found) == (
        f"1 cell flagged busy-host (3 samples): {FLAG_WORDS[Flag.BUSY_HOST].effect}",
        f"2 cells flagged late-connections (12 samples): {FLAG_WORDS[Flag.LATE_CONNECTIONS].effect}",
    )


def test_every_flag_has_words() -> None:
    assert tuple(FLAG_WORDS) == tuple(Flag)


def test_comparisons_without_a_control_are_warned_of(tmp_path: Path) -> None:
    compared = plan(cell("def"), cell("async"), blocks=6, comparisons=(Pair(0, 1),))

    (warning,) = sentences(findings(tmp_path, *run(compared)))

    assert warning.startswith("there is no A/A control, since the matrix names no `baseline`")


@pytest.mark.parametrize(("blocks", "least", "needed"), [(6, 6, 9), (8, 6, 10)])
def test_too_few_blocks_for_so_many_comparisons_are_warned_of(
    blocks: int, least: int, needed: int, tmp_path: Path
) -> None:
    cells = [cell(style, concurrency) for concurrency in range(1, 9) for style in ("def", "async")]
    pairs = tuple(Pair(place, place + 1) for place in range(0, 16, 2))
    eight = replace(plan(*cells, blocks=blocks, comparisons=pairs), min_blocks=least)

    assert sentences(findings(tmp_path, *run(eight)))[0] == (
        f"8 comparisons and {blocks} blocks: no verdict can come of so few, since comparisons share what may be "
        f"missed; it takes {needed} blocks, or fewer comparisons"
    )


@pytest.mark.parametrize(
    ("pairs", "warning"),
    [
        (
            1,
            "1 declared comparison is not made: one of its cells cannot be measured, or is left out by --only",
        ),
        (
            2,
            "2 declared comparisons are not made: one of their cells cannot be measured, or is left out by --only",
        ),
    ],
)
def test_declared_comparisons_that_are_not_made_are_warned_of(pairs: int, warning: str, tmp_path: Path) -> None:
    assert sentences(findings(tmp_path, *run(replace(plan(cell("def"), blocks=6), uncompared=pairs)))) == (warning,)
