"""How often a verdict is false: without any difference, and with differences of all sizes."""

from collections.abc import Sequence
from math import log

from simulations.noise import DRIFT, NOISES, STUDENT, Machine, Noise, make_random
from simulations.rows import FALSE_AT_MOST, PageTable, Part, Row, Share
from simulations.runs import (
    DESIGNS,
    TWELVE_AT_MOST,
    TWENTY,
    UNTIL_DECIDED,
    Design,
    Layout,
    draw_against_baseline,
    draw_apart,
    simulate_blocks,
    simulate_run,
)
from simulations.truth import BEYOND, any_false

ALONE = (
    "The same thing twice (A/A), one comparison declared: how often it is called anything but *same within d* or "
    "*undecided*. A run of 6 to 30 blocks is judged after each block from the sixth on, and ends with its first "
    "verdict."
)
TOGETHER = (
    "The same thing twice, 8 or 40 comparisons declared together: how often *any* of them is called anything but "
    "*same within d* or *undecided*. Each side of each comparison has a launch of its own; or, where it says *one "
    "baseline*, launches serve four cells each and all are held against the same launch, so that comparisons "
    "share its noise. Nothing can be said at all where so many comparisons want more blocks (see the fewest "
    "blocks below)."
)
MIXED = (
    "Comparisons of which some have a difference, declared together: how often *any* verdict is false. *Faster* "
    "and *slower* are false where the truth is d (5%) or less, *same within d* where it is d or more, *differs* "
    "where it is 1, and each of them where the truth lies on the other side. Differences that are found leave "
    "what they had of the 5% to the others (Holm), so a sure one is the hardest company. Noise: drift."
)

EIGHT, FORTY = 8, 40
JUST_BEYOND = log(1.055)
TEN_PERCENT = log(1.1)
DOUBLE = log(2)
COMPANY: dict[Layout, str] = {draw_apart: "", draw_against_baseline: ", one baseline"}
TWENTY_OR_MORE = (TWENTY, UNTIL_DECIDED)
FAMILIES = {
    "8 at d": [BEYOND] * 8,
    "1 at 1, 7 at 2": [0.0] + [DOUBLE] * 7,
    "1 at d, 7 at 2": [BEYOND] + [DOUBLE] * 7,
    "1 at 1.055, 7 at 2": [JUST_BEYOND] + [DOUBLE] * 7,
    "4 at d, 4 at 2": [BEYOND] * 4 + [DOUBLE] * 4,
    "2 at 1, 2 each at d, 1.10 and 2 or their inverse": [
        0.0,
        0.0,
        BEYOND,
        -BEYOND,
        TEN_PERCENT,
        -TEN_PERCENT,
        DOUBLE,
        -DOUBLE,
    ],
    "4 at d, 4 at 1.055": [BEYOND] * 4 + [JUST_BEYOND] * 4,
}
"""Log ratios of comparisons that are declared together."""


def simulate(trials: int) -> Part:
    """Count false verdicts, of one comparison and of any of many."""
    alone = [_row("1 comparison", [0.0], noise, design, trials) for noise in NOISES for design in DESIGNS]
    together = [
        _row(f"{comparisons} comparisons{COMPANY[layout]}", [0.0] * comparisons, noise, design, trials, layout)
        for comparisons, layout, noise, designs in (
            (EIGHT, draw_apart, DRIFT, (*DESIGNS, TWELVE_AT_MOST)),
            (EIGHT, draw_apart, STUDENT, TWENTY_OR_MORE),
            (EIGHT, draw_against_baseline, DRIFT, TWENTY_OR_MORE),
            (FORTY, draw_apart, DRIFT, DESIGNS),
            (FORTY, draw_against_baseline, DRIFT, TWENTY_OR_MORE),
        )
        for design in designs
    ]
    mixed = [
        _row(name, truths, DRIFT, design, trials) for name, truths in FAMILIES.items() for design in TWENTY_OR_MORE
    ]
    return Part(
        "How often is a verdict false?",
        (PageTable(ALONE, alone), PageTable(TOGETHER, together), PageTable(MIXED, mixed)),
    )


def _row(
    name: str, truths: Sequence[float], noise: Noise, design: Design, trials: int, layout: Layout = draw_apart
) -> Row:
    what = f"{name}: {design.says}, {noise.name}"
    rolls = make_random(f"false verdicts: {what}")
    fewer = max(1, trials // _slower(len(truths), design))
    hits = sum(
        any_false(simulate_run(simulate_blocks(Machine(noise, rolls), truths, layout), design)[0], truths)
        for _ in range(fewer)
    )
    return Row(what, Share(hits, fewer), FALSE_AT_MOST)


def _slower(comparisons: int, design: Design) -> int:
    """Return the divisor for the number of trials: slow simulations are rarely false, so fewer are enough."""
    if design.is_sequential and comparisons > 1:
        return 4
    return 2 if comparisons > EIGHT else 1
