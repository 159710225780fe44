"""A simulated run ends where a real one would: the journal of the same figures is judged by the harness itself."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from math import exp, log
from pathlib import Path

import pytest

from harness.analysis.stopping import decide_course
from harness.model.journal import Record, Stopped, Window
from harness.model.plan import Pair
from simulations.noise import DRIFT, Machine, make_random
from simulations.runs import TEN, UNTIL_DECIDED, Design, simulate_blocks, simulate_run
from tests.builders.journals import LAUNCH, cell, findings, good, plan, read_tally, run

TRUTHS = [0.0, log(1.1), log(2)]
CELLS = [cell(style, launch=replace(LAUNCH, server=server)) for server in "abc" for style in ("def", "async")]
PAIRS = tuple(Pair(place, place + 1) for place in (0, 2, 4))


def records(design: Design, seed: int) -> Iterator[Record]:
    """A run of the same figures, to its last block."""
    blocks = list(islice(simulate_blocks(Machine(DRIFT, make_random(f"{seed}")), TRUTHS), design.most))

    def sample(block: int, launch: int, place: int) -> Window:
        is_against = place % 2
        return good(block, launch, place, duration_s=1.0 if is_against else exp(blocks[block - 1][place // 2]))

    planned = plan(*CELLS, comparisons=PAIRS, blocks=design.most, min_blocks=design.least)
    return run(planned, sample)


def until(block: int, some: Iterator[Record]) -> Iterator[Record]:
    """The records of the first blocks."""
    left = len(CELLS) // 2 * block
    for record in some:
        if not left:
            return
        yield record
        left -= isinstance(record, Stopped)


def ends_at(design: Design, seed: int) -> int:
    """After how many blocks the harness asks for no more."""
    block = design.least
    while (asked := decide_course(read_tally(until(block, records(design, seed)))).until) > block:
        block = asked
    return block


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("design", [TEN, UNTIL_DECIDED])
def test_a_simulated_run_ends_with_the_block_and_the_verdicts_of_a_real_one(
    design: Design, seed: int, tmp_path: Path
) -> None:
    judged, blocks = simulate_run(simulate_blocks(Machine(DRIFT, make_random(f"{seed}")), TRUTHS), design)

    found = findings(tmp_path, *until(blocks, records(design, seed)))

    assert blocks == ends_at(design, seed)
    assert [one.verdict for one in found.comparisons] == [one.verdict for one in judged]
    assert [one.ratio for one in found.comparisons] == pytest.approx([one.ratio for one in judged])


def test_some_runs_end_early_and_some_go_on_to_the_end() -> None:
    lengths = {
        simulate_run(simulate_blocks(Machine(DRIFT, make_random(f"{seed}")), [log(1.1)]), UNTIL_DECIDED)[1]
        for seed in range(40)
    }
    assert min(lengths) == 7
    assert max(lengths) == 30
