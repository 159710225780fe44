"""How often the A/A control stops a good run, and how often a bad one."""

from itertools import product
from math import log
from statistics import fmean

from harness.analysis.control import find_apart, is_within
from harness.model.words import counted
from simulations.noise import NOISES, Machine, Noise, make_random
from simulations.rows import PageTable, Part, Row, Share
from simulations.runs import DIFFERENCE

BIAS = 0.10
BLOCKS = (6, 10)
CELLS = (1, 6)
CLEAN = (
    "The baseline twice in each block, under two names and on two launches, and nothing between them: how often "
    "the median over blocks of their ratio lies beyond d (5%), or a cell by itself is *faster* or *slower*, so that "
    "a run without fault is said to have one. With six cells, the ratio of a block is the geometric mean of "
    "theirs; what each launch is off by, they share. No promise is made: the rule asks how far the two are apart, "
    "and noise may take them there. It does so most often with a single cell and six blocks; several cells help, "
    "and more blocks."
)
BIASED = "The same with a fault that makes one of the two names 10% slower: how often the control stops the run."


def simulate(trials: int) -> Part:
    """Count how often the control stops a run, rightly or wrongly."""
    clean, biased = (
        [_row(bias, blocks, cells, noise, trials) for noise, cells, blocks in product(NOISES, CELLS, BLOCKS)]
        for bias in (0.0, BIAS)
    )
    return Part("Does the A/A control stop the right runs?", (PageTable(CLEAN, clean), PageTable(BIASED, biased)))


def _row(bias: float, blocks: int, cells: int, noise: Noise, trials: int) -> Row:
    what = f"{counted(cells, 'cell')}, {blocks} blocks, {noise.name}"
    rolls = make_random(f"control: {what}, {bias}")
    hits = sum(_stops(Machine(noise, rolls), log(1 + bias), blocks, cells) for _ in range(trials))
    return Row(what, Share(hits, trials))


def _stops(machine: Machine, bias: float, blocks: int, cells: int) -> bool:
    by_block = [[bias + log_ratio for log_ratio in _block(machine, cells)] for _ in range(blocks)]
    together = [fmean(block) for block in by_block]
    by_cell = list(zip(*by_block, strict=True))
    return is_within(together, DIFFERENCE) is False or find_apart(by_cell, DIFFERENCE) != []


def _block(machine: Machine, cells: int) -> list[float]:
    machine.begin_block()
    one, other = machine.launch(), machine.launch()
    return [machine.cell(one) - machine.cell(other) for _ in range(cells)]
