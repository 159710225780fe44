from math import log

import pytest

from harness.analysis.statistics.verdicts import DIFFERS, FASTER, SAME, SLOWER, UNDECIDED, Judged, Verdict
from simulations.truth import BEYOND, any_false, is_false, is_found


def judged(verdict: Verdict, ratio: float | None) -> Judged:
    return Judged(ratio, None, None, 0.05, verdict)


@pytest.mark.parametrize(
    ("verdict", "ratio", "true_of", "false_of"),
    [
        (SLOWER, 1.2, [log(1.051), log(2)], [BEYOND, 0.0, -BEYOND, -log(2)]),
        (FASTER, 0.8, [-log(1.051), -log(2)], [-BEYOND, 0.0, BEYOND, log(2)]),
        (SAME, 1.0, [0.0, log(1.049), -log(1.049)], [BEYOND, -BEYOND, log(2)]),
        (DIFFERS, 1.03, [log(1.001), BEYOND, log(2)], [0.0, -log(1.001)]),
        (DIFFERS, 0.97, [-log(1.001), -BEYOND, -log(2)], [0.0, log(1.001)]),
        (UNDECIDED, 1.2, [0.0, BEYOND, log(2)], []),
        (UNDECIDED, None, [0.0, BEYOND, log(2)], []),
    ],
)
def test_a_verdict_is_false_of_what_it_denies(
    verdict: Verdict, ratio: float | None, true_of: list[float], false_of: list[float]
) -> None:
    found = judged(verdict, ratio)
    assert not any(is_false(found, truth) for truth in true_of)
    assert all(is_false(found, truth) for truth in false_of)


def test_one_false_verdict_makes_a_family_false() -> None:
    family = [judged(SAME, 1.0), judged(SLOWER, 1.2)]
    assert not any_false(family, [0.0, log(1.2)])
    assert any_false(family, [0.0, 0.0])


def test_a_difference_is_found_only_on_its_own_side() -> None:
    assert is_found(judged(SLOWER, 1.1), log(1.1))
    assert is_found(judged(DIFFERS, 1.1), log(1.1))
    assert not is_found(judged(FASTER, 0.9), log(1.1))
    assert not is_found(judged(SAME, 1.01), log(1.1))
    assert not is_found(judged(UNDECIDED, None), log(1.1))
