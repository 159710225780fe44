"""When a verdict is false, given the truth.

Rule 1: *faster* and *slower* are false unless the truth lies beyond the practical difference d, on that side.
Rule 2: *same within d* is false unless the truth lies inside d: at d itself it is false, and so are faster and slower.
Rule 3: *differs* is false where the truth is 1, and where the truth lies on the other side of 1 than the ratio.
Rule 4: *undecided* claims nothing, so it is never false.
"""

import math
from collections.abc import Sequence

from harness.analysis.statistics.verdicts import DIFFERS, FASTER, SAME, SLOWER, Judged
from simulations.runs import DIFFERENCE

BEYOND = math.log1p(DIFFERENCE)
"""The practical difference as a logarithm."""


def is_false(found: Judged, truth: float) -> bool:
    """Return whether a verdict is false for a true log ratio."""
    if found.verdict == SLOWER:
        return truth <= BEYOND
    if found.verdict == FASTER:
        return truth >= -BEYOND
    if found.verdict == SAME:
        return abs(truth) >= BEYOND
    return found.verdict == DIFFERS and not _same_side(found, truth)


def any_false(judged: Sequence[Judged], truths: Sequence[float]) -> bool:
    """Return whether any verdict of comparisons declared together is false."""
    return any(is_false(found, truth) for found, truth in zip(judged, truths, strict=True))


def is_found(found: Judged, truth: float) -> bool:
    """Return whether a verdict claims a difference, on the right side."""
    return found.verdict in (FASTER, SLOWER, DIFFERS) and _same_side(found, truth)


def _same_side(found: Judged, truth: float) -> bool:
    return found.ratio is not None and (found.ratio - 1) * truth > 0
