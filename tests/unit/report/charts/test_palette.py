import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.plan import Cell
from harness.report.charts.palette import NEUTRAL, OTHERS, SERVERS, SHAPES, gradient, looks
from tests.builders.journals import LAUNCH, cell
from tests.unit.report.charts.runs import KNOWN

Triple = Sequence[float]

WHITE, DARK = "#ffffff", "#0d1117"

MOST_VISIBLE = {
    "all colours": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "no green": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
}
"""What protanopes and deuteranopes see of linear RGB: G. Machado, M. Oliveira and L. Fernandes, A Physiologically-based
Model for Simulation of Color Vision Deficiency, IEEE Transactions on Visualization and Computer Graphics 15, 2009,
severity 1.0.
"""

OKABE_ITO = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7")


def linear(colour: str) -> Triple:
    """Linear RGB of an sRGB colour, by WCAG 2.2."""
    shares = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, by WCAG 2.2."""
    lights = sorted(sum(map(math.prod, zip((0.2126, 0.7152, 0.0722), linear(c), strict=True))) for c in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def times(matrix: Sequence[Triple], of: Triple) -> Triple:
    return [sum(map(math.prod, zip(line, of, strict=True))) for line in matrix]


def oklab(rgb: Triple) -> Triple:
    """Where equal distances look equal: B. Ottosson, A perceptual color space for image processing, 2020."""
    cones = times(
        (
            (0.4122214708, 0.5363325363, 0.0514459929),
            (0.2119034982, 0.6806995451, 0.1073969566),
            (0.0883024619, 0.2817188376, 0.6299787005),
        ),
        rgb,
    )
    return times(
        (
            (0.2104542553, 0.7936177850, -0.0040720468),
            (1.9779984951, -2.4285922050, 0.4505937099),
            (0.0259040371, 0.7827717662, -0.8086757660),
        ),
        [max(cone, 0.0) ** (1 / 3) for cone in cones],
    )


def closest(colours: Sequence[str], eyes: Sequence[Triple]) -> float:
    """How far apart the two colours are that are most alike to these eyes."""
    seen = [oklab([min(max(part, 0.0), 1.0) for part in times(eyes, linear(colour))]) for colour in colours]
    return min(math.dist(one, other) for one, other in combinations(seen, 2))


@pytest.mark.parametrize("page", [WHITE, DARK])
def test_every_colour_stands_out_from_the_page_in_both_themes(page: str) -> None:
    colours = [*SERVERS.values(), *OTHERS, NEUTRAL, *gradient(40)]

    assert min(contrast(colour, page) for colour in colours) >= 3


@pytest.mark.parametrize("eyes", MOST_VISIBLE)
def test_no_two_servers_look_more_alike_than_the_colours_of_okabe_and_ito_do(eyes: str) -> None:
    theirs = min(closest(OKABE_ITO, seen) for seen in MOST_VISIBLE.values())

    assert closest([*SERVERS.values()], MOST_VISIBLE[eyes]) > 1.3 * theirs
    assert closest([*SERVERS.values(), *OTHERS], MOST_VISIBLE[eyes]) > theirs


def cells_of(*servers: str) -> list[Cell]:
    return [cell(launch=replace(LAUNCH, server=server)) for server in servers]


def test_a_known_server_looks_the_same_in_every_run() -> None:
    everywhere = {look.server: look for look in looks(cells_of(*KNOWN))}

    assert tuple(everywhere) == KNOWN
    assert looks(cells_of("daphne", "tuned", "uvicorn"))[::2] == (everywhere["daphne"], everywhere["uvicorn"])


@given(st.lists(st.sampled_from([*KNOWN, "a", "b", "c"]), min_size=1, max_size=10))
def test_no_two_servers_of_a_run_have_the_same_colour(servers: list[str]) -> None:
    found = looks(cells_of(*servers))

    assert [look.server for look in found] == list(dict.fromkeys(servers))
    assert len({look.colour for look in found}) == len(found)


@given(st.lists(st.text(max_size=3), min_size=1, max_size=30))
def test_however_many_servers_there_are_each_has_a_colour_and_a_shape(servers: list[str]) -> None:
    found = looks(cells_of(*servers))

    assert {look.shape for look in found} <= set(SHAPES)
    assert {look.colour for look in found} <= {*SERVERS.values(), *OTHERS}
    assert looks(cells_of(*servers)) == found


def test_a_gradient_has_as_many_colours_as_there_are_threads() -> None:
    assert gradient(1) == ["#0072b2"]
    assert gradient(2) == ["#0072b2", "#d55e00"]
    assert len(set(gradient(40))) == 40
