"""The statistics keep their promises, in fewer trials here than on the published page, and on that page."""

import re
from functools import cache
from pathlib import Path

import pytest

from simulations import contrast, coverage, false_verdicts, knee, power, racing, two_runs, windows
from simulations.__main__ import PARTS, TRIALS
from simulations.page import render
from simulations.rows import CHANCE, FALSE_AT_MOST, Part, Promise, Share

PAGE = (Path(__file__).parents[3] / "docs" / "simulations.md").read_text()
FEW = 100
"""Trials. Seeds are fixed, so that what passes once passes always."""

MEASURED = (
    *("simulated", "±", "trials", "kept", "median", "90%", "decided"),
    *("false: 6", "false: 6 to 12", "false alarms", "1.02 found", "1.05 found", "1.10 found", "blocks"),
    *("cells without", "cells with racing", "saved", "decided without", "decided with racing"),
)
"""The columns in which fewer trials may give other figures."""

PROMISED = re.compile(r"^(never|at (?:least|most) (\d+)%)$")


@cache
def simulated(part: int) -> Part:
    return PARTS[part](FEW)


@pytest.mark.parametrize("part", range(len(PARTS)), ids=[part.__module__ for part in PARTS])
def test_what_is_promised_is_kept(part: int) -> None:
    assert [row for row in simulated(part).rows if not row.is_kept(CHANCE)] == []


@pytest.mark.parametrize("module", [coverage, false_verdicts, power, windows, racing, knee, two_runs])
def test_promises_are_made_of_intervals_verdicts_power_windows_races_knees_and_two_runs(module: object) -> None:
    part = next(place for place, simulate in enumerate(PARTS) if simulate.__module__ == vars(module)["__name__"])
    assert any(row.promise for row in simulated(part).rows)


def test_a_simulation_would_see_a_broken_promise() -> None:
    rows = {row.what: row for row in simulated(PARTS.index(contrast.simulate)).rows}
    peeking = next(row for what, row in rows.items() if what.startswith("the interval of one look"))
    unadjusted = next(row for what, row in rows.items() if what.startswith("40 comparisons"))
    assert not FALSE_AT_MOST.is_kept(peeking.share, CHANCE)
    assert not FALSE_AT_MOST.is_kept(unadjusted.share, CHANCE)


def test_the_same_trials_give_the_same_figures() -> None:
    assert coverage.simulate(10) == coverage.simulate(10)


def tables(page: str) -> list[list[dict[str, str]]]:
    """The tables of a page, a row a dictionary."""
    found: list[list[dict[str, str]]] = []
    for block in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
        header, _, *rows = [[cell.strip() for cell in line.strip("|\n").split(" | ")] for line in block.splitlines()]
        found.append([dict(zip(header, row, strict=True)) for row in rows])
    return found


def unmeasured(page: str) -> list[list[dict[str, str]]]:
    return [
        [{name: cell for name, cell in row.items() if name not in MEASURED} for row in table] for table in tables(page)
    ]


def prose(page: str) -> list[str]:
    return [line for line in page.splitlines() if not line.startswith("|")]


def test_the_published_page_was_made_by_this_code() -> None:
    again = render([simulated(part) for part in range(len(PARTS))])
    assert prose(PAGE) == prose(again)
    assert unmeasured(PAGE) == unmeasured(again)


def test_every_promise_on_the_published_page_is_kept() -> None:
    promised = [row for table in tables(PAGE) for row in table if row.get("promise", "—") != "—"]
    for row in promised:
        bound = PROMISED.fullmatch(row["promise"])
        assert bound, row
        promise = Promise(int(bound[2] or 0) / 100, is_least="least" in row["promise"])
        trials = int(row["trials"].replace(",", ""))
        assert promise.is_kept(Share(round(float(row["simulated"].rstrip("%")) / 100 * trials), trials)), row
        assert row["kept"] == "yes", row
    assert len(promised) > 50


def test_the_published_page_has_the_trials_that_its_code_asks_for() -> None:
    assert (
        max(int(row["trials"].replace(",", "")) for table in tables(PAGE) for row in table if "trials" in row) == TRIALS
    )
