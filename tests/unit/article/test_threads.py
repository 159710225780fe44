"""Claims 4 and 5: whose the threads are, and how many."""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from harness.article.findings import Claim, article_findings
from harness.model.journal import Window
from harness.model.plan import Cell, Launch, Pair, Plan, Variant
from tests.builders.journals import FINISHED, LAUNCH, findings, header, lost, never_ready
from tests.unit.article.obedient import (
    CLIENT_BOUND,
    FEW,
    Took,
    bursts,
    cells,
    claim,
    client_bound,
    conditions,
    everything,
    reason,
    seen,
    six,
    verdict,
)

UVICORN = LAUNCH
HYPERCORN = replace(LAUNCH, server="hypercorn")
GRANIAN = replace(LAUNCH, server="granian", loop="asyncio")
SWEEP = six(*cells(("def", "async"), (20, 21, 40, 41), UVICORN, HYPERCORN))
NO_OTHER = "no other server has a knee to hold this one against"
BOUND_BY_MORE = "not every server is bound by the limit in force alone, but no two knees are apart"
TAKES_TWO = "it takes `def` beside `async` in bursts on two servers under the same conditions"
UNSET = replace(LAUNCH, thread_limit="default")


def on_threads(**servers: int) -> Took:
    """Each server with as many threads as told."""
    return lambda cell, _block: (
        0.1 * (math.ceil(cell.concurrency / servers[cell.launch.server]) if cell.style == "def" else 1)
    )


def held_together(folder: Path, some: Plan, **servers: int) -> Claim:
    return claim(4, folder, some, bursts(some, on_threads(**servers)))


def answers(found: Claim) -> Mapping[str, str]:
    return {each.cell.launch.server: each.verdict for each in found.evidence}


def test_the_same_limit_gives_the_same_knee_on_every_server(tmp_path: Path) -> None:
    found = held_together(tmp_path, SWEEP, uvicorn=40, hypercorn=40)

    figures = {"limiter_tokens": 40, "peak_handlers": 40, "expected": 40, "knee_low": 40, "knee_high": 41}
    sentence = "the knee is (40, 41]; 40 thread tokens were in force and at most 40 handlers ran concurrently"
    assert verdict(found) == ("refuted", None)
    assert everything(found) == [
        (UVICORN, "engine", "refuted", None, sentence, figures),
        (HYPERCORN, "engine", "refuted", None, sentence, figures),
    ]
    assert conditions(found, SWEEP) == ["uvicorn", "hypercorn"]


@pytest.mark.parametrize(
    ("uvicorn", "hypercorn", "knees"), [(40, 20, [(40, 41), (20, 21)]), (20, 21, [(20, 21), (21, 40)])]
)
def test_knees_that_are_apart_belong_to_their_servers(
    tmp_path: Path, uvicorn: int, hypercorn: int, knees: list[tuple[int, int]]
) -> None:
    found = held_together(tmp_path, SWEEP, uvicorn=uvicorn, hypercorn=hypercorn)

    assert verdict(found) == ("confirmed", None)
    assert answers(found) == {"uvicorn": "confirmed", "hypercorn": "confirmed"}
    assert [(each.figures["knee_low"], each.figures["knee_high"]) for each in found.evidence] == knees


def test_knees_that_are_neither_apart_nor_where_the_limit_puts_them_settle_nothing(tmp_path: Path) -> None:
    found = held_together(tmp_path, SWEEP, uvicorn=20, hypercorn=20)

    assert verdict(found) == ("not tested", BOUND_BY_MORE)


def test_a_server_that_never_fills_the_limit_is_bound_by_something_else(tmp_path: Path) -> None:
    sample_of = bursts(SWEEP, on_threads(uvicorn=40, hypercorn=40))

    def fewer_handlers(block: int, launch: int, place: int) -> Window:
        sample = sample_of(block, launch, place)
        assert sample.requests is not None
        return replace(sample, requests=replace(sample.requests, running=[39] * len(sample.requests.running)))

    assert verdict(claim(4, tmp_path, SWEEP, fewer_handlers)) == ("not tested", BOUND_BY_MORE)


def test_knees_that_were_not_reached_settle_nothing(tmp_path: Path) -> None:
    found = held_together(tmp_path, SWEEP, uvicorn=50, hypercorn=50)

    assert found.verdict == "not tested"
    assert seen(found)[0].startswith("the knee is above 41; ")


@pytest.mark.parametrize(
    "other",
    [
        replace(HYPERCORN, thread_limit=20),
        replace(HYPERCORN, delay_s=0.2),
        replace(HYPERCORN, workers=2),
        UVICORN,
    ],
)
def test_it_takes_two_servers_under_the_same_conditions(tmp_path: Path, other: Launch) -> None:
    two = six(*dict.fromkeys(cells(("def", "async"), (40, 41), UVICORN, other)))
    assert verdict(held_together(tmp_path, two, uvicorn=40, hypercorn=20)) == ("not tested", TAKES_TWO)


def test_a_loop_of_its_own_keeps_no_server_apart(tmp_path: Path) -> None:
    two = six(*cells(("def", "async"), (40, 41), UVICORN, GRANIAN))
    assert verdict(held_together(tmp_path, two, uvicorn=40, granian=40)) == ("refuted", None)


def test_two_variants_of_one_server_are_one_server(tmp_path: Path) -> None:
    variants = {name: Variant("uvicorn") for name in ("uvicorn", "hypercorn")}
    assert verdict(held_together(tmp_path, replace(SWEEP, variants=variants), uvicorn=40, hypercorn=20)) == (
        "not tested",
        TAKES_TWO,
    )


def test_two_variants_of_one_server_may_be_apart_without_threads_belonging_to_servers(tmp_path: Path) -> None:
    three = six(*cells(("def", "async"), (20, 21, 40, 41), UVICORN, HYPERCORN, GRANIAN))
    variants = {"uvicorn": Variant("uvicorn"), "hypercorn": Variant("uvicorn"), "granian": Variant("granian")}

    def took_s(cell: Cell, block: int) -> float:
        # The knee of granian is in doubt between those of the other two, and so apart from neither.
        granians = 20 if block % 2 else 40
        return on_threads(uvicorn=40, hypercorn=20, granian=granians)(cell, block)

    found = claim(4, tmp_path, replace(three, variants=variants), bursts(three, took_s))

    assert [(each.figures["knee_low"], each.figures["knee_high"]) for each in found.evidence][2] == (20, 41)
    assert found.verdict == "not tested"


def test_the_control_is_no_other_server(tmp_path: Path) -> None:
    controlled = replace(SWEEP, controls=(Pair(8, 0),))
    assert verdict(held_together(tmp_path, controlled, uvicorn=40, hypercorn=20)) == ("not tested", TAKES_TWO)


def test_several_workers_settle_nothing(tmp_path: Path) -> None:
    two = six(*cells(("def", "async"), (80, 82), *(replace(one, workers=2) for one in (UVICORN, HYPERCORN))))
    reason = "with several workers the knee also depends on how they share the requests"
    assert verdict(held_together(tmp_path, two, uvicorn=40, hypercorn=80)) == ("not tested", reason)


def test_five_blocks_settle_nothing(tmp_path: Path) -> None:
    five = replace(SWEEP, blocks=5, min_blocks=5)
    assert verdict(held_together(tmp_path, five, uvicorn=40, hypercorn=20)) == ("not tested", FEW)


def test_a_server_whose_figures_are_the_clients_is_held_against_no_other(tmp_path: Path) -> None:
    sample_of = client_bound(bursts(SWEEP, on_threads(uvicorn=40, hypercorn=20)), place=8)
    found = claim(4, tmp_path, SWEEP, sample_of)

    assert [reason(each) for each in found.evidence] == [NO_OTHER, CLIENT_BOUND]
    assert verdict(found) == ("not tested", f"{NO_OTHER}; {CLIENT_BOUND}")


def test_two_servers_are_enough_where_a_third_is_in_doubt(tmp_path: Path) -> None:
    three = six(*cells(("def", "async"), (40, 41), UVICORN, HYPERCORN, GRANIAN))
    sample_of = client_bound(bursts(three, on_threads(uvicorn=40, hypercorn=40, granian=20)), place=8)

    found = claim(4, tmp_path, three, sample_of)

    assert answers(found) == {"uvicorn": "refuted", "hypercorn": "refuted", "granian": "not tested"}
    assert verdict(found) == ("refuted", None)


ALONE = replace(six(*cells(("def",), (41,), UNSET)), blocks=1, min_blocks=1)


def counted(folder: Path, tokens: int, cores: int | None) -> Claim:
    return claim(5, folder, ALONE, bursts(ALONE), tokens=tokens, cores=cores)


def test_what_is_in_force_where_nobody_sets_it_stands_beside_both_formulas(tmp_path: Path) -> None:
    found = counted(tmp_path, tokens=40, cores=2)

    assert verdict(found) == ("refuted", None)
    assert everything(found) == [
        (
            UNSET,
            None,
            "refuted",
            None,
            (
                "40 thread tokens were in force and at most 40 handlers ran concurrently; 5 x 2 cores would be 10, "
                "min(32, 2 + 4) would be 6"
            ),
            {"cores": 2, "five_a_core": 10, "python_default": 6, "limiter_tokens": 40, "peak_handlers": 40},
        )
    ]
    assert conditions(found, ALONE) == ["uvicorn"]


def test_five_a_core_would_be_seen(tmp_path: Path) -> None:
    assert verdict(counted(tmp_path, tokens=10, cores=2)) == ("confirmed", None)


@pytest.mark.parametrize(
    ("tokens", "cores", "reason"),
    [
        (40, 8, "with 8 cores, 5 x cores cannot be told from anyio's own 40"),
        (5, 1, "with 1 core, 5 x cores cannot be told from Python's min(32, cores + 4)"),
        (40, None, "it takes a server with the default thread limit, on a known number of cores"),
    ],
)
def test_what_may_be_a_coincidence_is_not_tested(tmp_path: Path, tokens: int, cores: int | None, reason: str) -> None:
    assert verdict(counted(tmp_path, tokens, cores)) == ("not tested", reason)


def test_a_machine_with_more_cores_is_no_coincidence_any_more(tmp_path: Path) -> None:
    found = counted(tmp_path, tokens=40, cores=64)

    assert verdict(found) == ("refuted", None)
    assert [found.evidence[0].figures[key] for key in ("five_a_core", "python_default")] == [320, 32]


def test_without_a_style_that_waits_for_threads_there_is_no_peak(tmp_path: Path) -> None:
    only = six(*cells(("async",), (41,), UNSET))
    found = claim(5, tmp_path, only, bursts(only))

    assert found.evidence[0].figures["peak_handlers"] is None
    assert seen(found)[0].startswith("40 thread tokens were in force; 5 x 2 cores would be 10")


def test_a_limit_that_was_set_says_nothing(tmp_path: Path) -> None:
    assert claim(5, tmp_path, SWEEP, bursts(SWEEP)).evidence == ()


def test_a_control_with_its_limit_unset_is_told_once(tmp_path: Path) -> None:
    again = replace(UNSET, server="uvicorn (again)")
    controlled = replace(six(*cells(("def",), (41,), UNSET, again)), controls=(Pair(1, 0),))
    found = claim(5, tmp_path, controlled, bursts(controlled))

    assert [each.cell.launch for each in found.evidence] == [UNSET]


def test_a_server_that_never_got_ready_says_nothing_to_any_claim(tmp_path: Path) -> None:
    records = (header(ALONE), never_ready(1, 1, "no answer", UNSET), lost(1, 1, 0, "no answer"), FINISHED)
    assert [(each.verdict, each.evidence) for each in article_findings(findings(tmp_path, *records)).claims] == [
        ("not tested", ())
    ] * 7
