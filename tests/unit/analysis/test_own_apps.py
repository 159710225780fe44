"""Of the user's own app no more is said than is known."""

from dataclasses import replace
from pathlib import Path

from harness.analysis.findings import CellFinding, Findings
from harness.article.findings import article_findings
from harness.model.apps import Expected, OwnApp, OwnEndpoint
from harness.model.journal import Checked
from tests.builders.journals import FINISHED, LAUNCH, cell, findings, good, header, launched, plan, stopped

OWN_LAUNCH = replace(LAUNCH, scenario="shop", delay_s=None)
SHOP = OwnApp(
    "shop:app",
    "../shop",
    ("django>=5",),
    {
        "def": OwnEndpoint("GET", "/", {"a": "$B"}, expect=Expected(200, {"list": [1, None, {"deep": True}]})),
        "async": OwnEndpoint("POST", "/", json=["$TOKEN", 1.5]),
    },
)


def of_a_run(folder: Path) -> Findings:
    """A burst of each endpoint of an app, and one of the harness's own `def`."""
    some = plan(*(cell(style, launch=OWN_LAUNCH) for style in ("def", "async")), cell("def"), apps={"shop": SHOP})
    return findings(
        folder,
        header(some),
        launched(1, 1, OWN_LAUNCH),
        Checked(1, 1, "def", 200, 5, "ab"),
        Checked(1, 1, "async", 200, 5, None),
        good(1, 1, 0),
        good(1, 1, 1),
        stopped(1, 1),
        launched(1, 2),
        good(1, 2, 2),
        stopped(1, 2),
        FINISHED,
    )


def cells(found: Findings) -> list[CellFinding]:
    return list(found.cells)


def test_a_plan_with_an_app_is_the_same_when_it_is_read_back(tmp_path: Path) -> None:
    assert of_a_run(tmp_path).header.plan.apps == {"shop": SHOP}


def test_the_time_in_an_app_is_one_part_and_nobody_has_seen_its_handlers(tmp_path: Path) -> None:
    own, _, ours = cells(of_a_run(tmp_path))

    assert own.split is not None
    assert own.split.wait is None
    assert ours.split is not None
    assert ours.split.wait is not None
    assert (own.split.work, own.split.wire) == (ours.split.work, ours.split.wire)
    assert (own.peak_handlers, ours.peak_handlers) == (None, 2)
    assert (own.model_s, own.vs_model) == (None, None)


def test_bodies_that_vary_are_known_from_the_calls_before_the_load(tmp_path: Path) -> None:
    assert [found.bodies_vary for found in cells(of_a_run(tmp_path))] == [False, True, None]


def test_endpoints_are_advised_on_only_where_their_names_say_that_they_do_the_same(tmp_path: Path) -> None:
    assert {advice.preferred.launch.scenario for advice in of_a_run(tmp_path).advice} == {"shop"}

    other = replace(SHOP, endpoints={"row": SHOP.endpoints["def"], "page": SHOP.endpoints["async"]})
    some = plan(*(cell(style, launch=OWN_LAUNCH) for style in other.endpoints), apps={"shop": other})
    ran = (header(some), launched(1, 1, OWN_LAUNCH), good(1, 1, 0), good(1, 1, 1), stopped(1, 1), FINISHED)
    assert findings(tmp_path, *ran).advice == ()


def test_endpoints_that_are_called_def_and_async_are_no_evidence_for_the_article(tmp_path: Path) -> None:
    found = of_a_run(tmp_path)
    assert {
        evidence.cell.launch.scenario for claim in article_findings(found).claims for evidence in claim.evidence
    } <= {"sleep"}
    assert {knee.launch.scenario for knee in found.knees} <= {"sleep"}
