from dataclasses import replace

import pytest

from harness.analysis.findings import Withheld, Withholding
from harness.report.sections.knees import interval, section
from harness.report.wording import describe_placement
from tests.builders.findings import Run, findings, moved

BETWEEN = "not contradicted, but undecided in between"
KNEE = findings(Run(servers=("uvicorn",))).knees[0]


@pytest.mark.parametrize(
    ("low", "high", "expected", "shown", "verdict"),
    [
        (40, 41, 40, "(40, 41]", "as expected"),
        (20, 80, 40, "(20, 80]", BETWEEN),
        (None, 41, 40, "at most 41", BETWEEN),
        (20, 40, 40, "(20, 40]", "sooner than expected"),
        (None, 40, 40, "at most 40", "sooner than expected"),
        (41, 80, 40, "(41, 80]", "later than expected"),
        (120, None, 40, "above 120", "later than expected"),
        (20, None, 40, "above 20", "not reached up to 20"),
        (40, 41, None, "(40, 41]", "the limit in force is not known"),
        (None, None, 40, "—", "undecided"),
    ],
)
def test_a_knee_is_held_against_the_model(
    low: int | None, high: int | None, expected: int | None, shown: str, verdict: str
) -> None:
    knee = moved(KNEE, low, high, expected=expected)
    assert (interval(knee), describe_placement(knee)) == (shown, verdict)


def test_a_knee_that_comes_too_soon_on_several_workers_points_to_their_shares() -> None:
    knee = moved(KNEE, 40, 41, expected=80, launch=replace(KNEE.launch, workers=2))
    assert describe_placement(knee) == "sooner than expected; see requests per worker"


def test_without_a_claim_a_knee_is_called_a_description() -> None:
    assert "| uvicorn | 40 | 1 | (40, 41] | 40 | as expected (one block: described, not claimed) |" in str(
        section(findings(Run(servers=("uvicorn",), blocks=1)))
    )


def test_a_knee_that_some_blocks_are_missing_from_tells_how_few_there_were() -> None:
    some = findings(Run(servers=("uvicorn",)))
    short = tuple(replace(one, blocks=5) if one.cell.concurrency == 41 else one for one in some.cells)
    knees = (replace(some.knees[0], claimed=False),)
    assert "| as expected (down to 5 blocks: described, not claimed) |" in str(
        section(replace(some, cells=short, knees=knees))
    )


def test_a_knee_that_is_withheld_says_why() -> None:
    some = findings(Run(servers=("uvicorn",)))
    knees = (replace(some.knees[0], claimed=False, withheld=Withholding(Withheld.CONTROL_DIFFERS)),)
    assert "| withheld: the A/A control differs from itself by more than the practical difference |" in str(
        section(replace(some, knees=knees))
    )


def test_an_unset_limit_is_shown_with_what_it_turned_out_to_be() -> None:
    assert "| uvicorn | left unset: 40 | 1 |" in str(section(findings(Run(thread_limits=("default",)))))


def test_no_knees_make_no_section() -> None:
    assert section(findings(Run(styles=("def",)))) is None


def test_knees_under_different_clients_stand_apart() -> None:
    some = findings(Run(servers=("uvicorn",)))
    other = tuple(replace(one, cell=replace(one.cell, client="aiohttp")) for one in some.cells)
    knees = (*some.knees, replace(KNEE, client="aiohttp"))
    told = str(section(replace(some, cells=some.cells + other, knees=knees)))
    assert "### Knees: client engine" in told
    assert "### Knees: client aiohttp" in told
