"""The seven claims together: what makes an answer, and what has no part in it."""

from dataclasses import replace
from pathlib import Path

from harness.article.findings import Claim, article_findings
from harness.model.plan import Cell, Pair, Plan
from tests.builders.executors import CONSTANT_RATE
from tests.builders.journals import LAUNCH, SampleOf, steady_cell, window
from tests.unit.article.obedient import (
    CONTROL_DIFFERS,
    OPEN,
    as_modelled,
    bursts,
    cells,
    checked,
    claim,
    conditions,
    measured,
    reason,
    six,
    verdict,
)

HYPERCORN = replace(LAUNCH, server="hypercorn")
NOOP = replace(LAUNCH, scenario="noop", delay_s=None)
STYLES = ("def", "async", "async-blocking")


def claims_of(folder: Path, some: Plan, sample_of: SampleOf) -> tuple[Claim, ...]:
    return article_findings(measured(folder, some, sample_of)).claims


def test_servers_that_do_as_their_models_say_answer_as_the_facts_are(tmp_path: Path) -> None:
    unset = [replace(each, thread_limit="default") for each in (LAUNCH, HYPERCORN)]
    both = six(*cells(STYLES, (20, 40, 41, 80, 81), *unset))

    def slowest_s(cell: Cell, _block: int) -> float:
        return 0.9 * as_modelled(cell, 0) if cell.style == "async-blocking" else 0.002

    found = claims_of(tmp_path, both, checked(bursts(both), both, slowest_s))
    assert [(each.number, each.verdict, len(each.evidence)) for each in found] == [
        (1, "confirmed", 2),
        (2, "confirmed", 2),
        (3, "refuted", 2),
        (4, "refuted", 2),
        (5, "refuted", 2),
        (6, "refuted", 2),
        (7, "confirmed", 2),
    ]


def test_one_refutation_outweighs_every_confirmation(tmp_path: Path) -> None:
    mixed = six(*cells(("def", "async"), (20, 40), LAUNCH, NOOP))

    def took_s(cell: Cell, block: int) -> float:
        return as_modelled(cell, block) * (2 if cell.style == "def" and cell.launch == NOOP else 1)

    found = claim(1, tmp_path, mixed, bursts(mixed, took_s))

    assert verdict(found) == ("refuted", None)
    assert list(zip(conditions(found, mixed), (each.verdict for each in found.evidence), strict=True)) == [
        ("uvicorn (sleep)", "confirmed"),
        ("uvicorn (noop)", "refuted"),
    ]


def test_a_server_that_leaves_it_open_does_not_stand_against_one_that_confirms(tmp_path: Path) -> None:
    two = six(*cells(("def", "async"), (40,), LAUNCH, HYPERCORN))

    def took_s(cell: Cell, block: int) -> float:
        now_and_then = cell.launch == HYPERCORN and cell.style == "def" and block % 2
        return as_modelled(cell, block) * (1.4 if now_and_then else 1)

    found = claim(1, tmp_path, two, bursts(two, took_s))

    assert verdict(found) == ("confirmed", None)
    assert [(each.verdict, reason(each)) for each in found.evidence] == [("confirmed", None), ("not tested", OPEN)]


def test_cells_of_the_control_are_no_evidence(tmp_path: Path) -> None:
    again = replace(LAUNCH, server="uvicorn (again)")
    both = six(*cells(STYLES, (20, 40, 41, 80, 81), LAUNCH, again))
    controlled = replace(both, controls=(Pair(20, 5),))

    def took_s(cell: Cell, block: int) -> float:
        return as_modelled(cell, block) * (3 if cell.launch == again and cell.style == "def" else 1)

    found = claims_of(tmp_path, controlled, bursts(controlled, took_s))

    assert {each.cell.launch for one in found for each in one.evidence} == {LAUNCH}
    assert found[0].verdict == "confirmed"


def test_where_the_control_differs_from_itself_only_what_is_read_back_settles_anything(tmp_path: Path) -> None:
    unset, again = (replace(LAUNCH, server=name, thread_limit="default") for name in ("uvicorn", "uvicorn (again)"))
    both = six(*cells(STYLES, (20, 40, 41, 80, 81), unset, again, replace(HYPERCORN, thread_limit="default")))
    controlled = replace(both, controls=(Pair(15, 0),))

    def took_s(cell: Cell, block: int) -> float:
        return as_modelled(cell, block) * (1.2 if cell.launch == again else 1)

    def slowest_s(cell: Cell, _block: int) -> float:
        return 0.9 * as_modelled(cell, 0) if cell.style == "async-blocking" else 0.002

    found = claims_of(tmp_path, controlled, checked(bursts(controlled, took_s), controlled, slowest_s))

    assert [(each.number, *verdict(each)) for each in found] == [
        (number, "refuted", None) if number == 5 else (number, "not tested", CONTROL_DIFFERS) for number in range(1, 8)
    ]
    assert all(each.evidence for each in found)


def test_an_open_loop_has_no_number_of_requests_at_once(tmp_path: Path) -> None:
    of_waiting = [steady_cell(CONSTANT_RATE, 20, rate=100, style=style) for style in ("def", "async")]
    loops = six(*of_waiting, *(replace(each, launch=NOOP) for each in of_waiting))

    assert [each.evidence for each in claims_of(tmp_path, loops, window)] == [()] * 7


def test_clients_are_told_apart(tmp_path: Path) -> None:
    of_engine = cells(("def", "async"), (40,))
    both = six(*of_engine, *(replace(each, client="aiohttp") for each in of_engine))
    found = claim(1, tmp_path, both, bursts(both))

    assert list(zip((each.client for each in found.evidence), conditions(found, both), strict=True)) == [
        ("engine", "uvicorn (client engine)"),
        ("aiohttp", "uvicorn (client aiohttp)"),
    ]
