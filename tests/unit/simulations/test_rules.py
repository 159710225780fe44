from math import log

import pytest

from simulations.noise import make_random
from simulations.resampling import Round
from simulations.rules import RULES, Rule

QUIET = [[Round(1.0, 1.0, 0.0)] * 10 for _ in range(40)]

every_rule = pytest.mark.parametrize("rule", RULES.values(), ids=[rule.__name__ for rule in RULES.values()])


@every_rule
def test_without_noise_a_rule_claims_nothing_of_the_same_server(rule: Rule) -> None:
    assert rule(QUIET, 0.0, make_random("quiet")) == 0


@every_rule
def test_without_noise_a_rule_finds_a_large_difference(rule: Rule) -> None:
    assert rule(QUIET, log(1.3), make_random("quiet")) == 1


@every_rule
def test_which_side_is_new_is_drawn(rule: Rule) -> None:
    lopsided = [[Round(1.3, 1.0, 0.0)] * 10 for _ in range(40)]
    rolls = make_random("lopsided")
    assert len({rule(lopsided, log(1.05), rolls) for _ in range(50)}) > 1
