import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.analysis.findings import (
    Advice,
    Basis,
    Cause,
    CellFinding,
    Choice,
    ClientCosts,
    Curve,
    Findings,
    Knee,
    LaunchFinding,
    Option,
    Part,
    Percentiles,
    Placement,
    Ratio,
    Rival,
    RunWarning,
    Split,
    Trouble,
    TroubleCode,
    WarningCode,
)
from harness.analysis.statistics.verdicts import Verdict
from harness.article.findings import article_findings
from harness.matrix.catalog import scenario_catalog
from harness.model.errors import InputError
from harness.model.journal import Ceiling, Header, Record, Window, read, to_line
from harness.model.outcomes import Status
from harness.model.plan import Cell, Pair, Refusal, Threshold
from harness.model.scenarios import ParameterFacts, ScenarioFacts, StyleFacts
from harness.report.wording import explain_status
from tests.builders.executors import CLOSED_LOOP
from tests.builders.journals import (
    FINISHED,
    IN_FORCE,
    INTERRUPTED,
    LAUNCH,
    analyse,
    cell,
    findings,
    good,
    header,
    in_blocks,
    launched,
    lost,
    plan,
    run,
    steady_cell,
    stopped,
    window,
)

TWO = plan(cell("def"), cell("async"))


def test_a_small_journal_gives_these_findings(tmp_path: Path) -> None:
    too_many = cell("async-blocking", 120)
    small = replace(TWO, refusals=(Refusal(too_many, Status.SKIPPED, "would take 12 s"),))
    records: list[Record] = [
        header(small),
        launched(1, 1),
        good(1, 1, 1, duration_s=0.11),
        good(1, 1, 0, duration_s=0.12, answered_us=[110_000, 120_000]),
        stopped(1, 1),
        FINISHED,
    ]

    found = findings(tmp_path, *records)

    sleep = scenario_catalog()["sleep"]
    assert [claim.number for claim in article_findings(found).claims] == [1, 2, 3, 4, 5, 6, 7]
    assert found == Findings(
        header=header(small),
        finished=True,
        valid=True,
        blocks=1,
        rerun=0,
        wall_s=600.0,
        ceiling=None,
        scenarios=(
            ScenarioFacts(
                "sleep",
                sleep.shows,
                parameters=(ParameterFacts("delay", (0.1,), "s", "How long a request waits."),),
                styles=tuple(StyleFacts(name, sleep.styles[name].says, model) for name, model in MODELS.items()),
                reports=dict(sleep.reports),
            ),
        ),
        cells=(
            as_measured(cell("def"), 0.12, p50_ms=115.0, work_ms=111.5),
            as_measured(cell("async"), 0.11, p50_ms=110.0, work_ms=106.5),
            CellFinding(too_many, Status.SKIPPED, "would take 12 s"),
        ),
        comparisons=(),
        control=None,
        ratios=(Ratio(cell("def"), cell("async"), 1, math.exp(math.log(0.12 / 0.11)), None, None),),
        thresholds=(),
        knees=(
            Knee(
                LAUNCH,
                "engine",
                low=2,
                high=None,
                expected=40,
                claimed=False,
                placement=Placement.NOT_REACHED,
                ratios={2: math.exp(math.log(0.12 / 0.11))},
                blocks=1,
            ),
        ),
        launches=(
            LaunchFinding(
                launch=LAUNCH,
                version="0.54.0",
                in_force=IN_FORCE,
                peak_handlers=2,
                launches=1,
                ready_s=1.0,
                stop_s=0.5,
            ),
        ),
        troubles=(Trouble(TroubleCode.REFUSED, Status.SKIPPED, "would take 12 s", 1, (too_many,)),),
        extras=found.extras,
        warnings=(RunWarning(WarningCode.FEW_BLOCKS, blocks=1, needed=6),),
        advice=(
            Advice(
                preferred=cell("async"),
                blocks=1,
                is_highest=True,
                basis=Basis.LOWEST_MEDIAN,
                rivals=(
                    Rival(
                        cell=cell("def"),
                        against=cell("async"),
                        blocks=1,
                        ratio=math.exp(math.log(0.12 / 0.11)),
                        low=None,
                        high=None,
                        may_miss=0.05,
                        verdict=Verdict.UNDECIDED,
                        withheld=None,
                        gave_up=0,
                        requests=2,
                        cause=Cause(Part.WORKING, ms=111.5, preferred_ms=106.5),
                    ),
                ),
            ),
        ),
        choice=Choice(
            LAUNCH,
            "engine",
            2,
            (Option("def", 40, 40, (0.12,), 0.1), Option("async", None, None, (0.11,), 0.1)),
        ),
        curves=(Curve(LAUNCH, "def", ((1, 0.1), (2, 0.1))), Curve(LAUNCH, "async", ((1, 0.1), (2, 0.1)))),
    )


MODELS = {
    "def": "As many at a time as there are thread tokens: a staircase, not a line.",
    "async": "Everybody waits at the same time.",
    "async-blocking": "Nobody starts before the one in front has ended.",
}
"""What the models of the scenario sleep say of themselves."""


def as_measured(of: Cell, duration_s: float, p50_ms: float, work_ms: float) -> CellFinding:
    """What is found of a cell whose two requests gave one good sample."""
    return CellFinding(
        cell=of,
        status=Status.OK,
        reason=None,
        version="0.54.0",
        blocks=1,
        windows=1,
        blocks_failed=0,
        median_s=duration_s,
        low_s=None,
        high_s=None,
        model_s=0.1,
        vs_model=math.exp(math.log(duration_s / 0.1)),
        rps=2 / duration_s,
        latency=median_only(p50_ms),
        ok=2,
        errors=0,
        outcomes={"ok": 2},
        peak_handlers=2,
        limiter_tokens=40,
        waits_for_limit=of.style == "def",
        split=Split(median_only(2.0), median_only(work_ms), median_only(1.5)),
        client=ClientCosts(
            cpu_s=0.01, cpu=0.01 / duration_s, cpu_us_per_request=5_000.0, peak_memory_mb=None, send_span_ms=1.0
        ),
        requests_per_process=(2,),
        by_block={1: duration_s},
        typical_block=1,
    )


def median_only(p50_ms: float) -> Percentiles:
    return Percentiles(p50_ms, None, None)


def test_the_last_ceiling_is_the_one_that_is_found(tmp_path: Path) -> None:
    ceiling = Ceiling(rps=20_000.0, concurrency=64, processes=1, client_cpu=0.98)
    first, *others = run(TWO)

    found = findings(tmp_path, first, replace(ceiling, rps=9_000.0), ceiling, *others)

    assert found.ceiling == ceiling


def test_a_scenario_that_is_no_longer_there_shows_nothing(tmp_path: Path) -> None:
    gone = replace(LAUNCH, scenario="gone")

    found = findings(tmp_path, *run(plan(cell(launch=gone), cell())))

    assert [scenario.name for scenario in found.scenarios] == ["sleep"]


def test_a_torn_last_line_counts_as_not_measured(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    whole: list[Record] = [header(TWO), launched(1, 1), good(1, 1, 0)]
    journal.write_bytes(b"".join(map(to_line, whole)) + to_line(good(1, 1, 1))[:-20])

    found = analyse(read(journal))

    assert [one.status for one in found.cells] == ["ok", "skipped"]
    assert explain_status(found.cells[1]) == "the run was interrupted before this cell was measured"
    assert (found.finished, found.blocks) == (False, 0)


@given(data=st.data())
@settings(deadline=None)
def test_wherever_a_crash_cuts_a_journal_all_samples_before_it_count(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    records = list(run(in_blocks(TWO, 3)))
    lines = [to_line(record) for record in records]
    content = b"".join(lines)
    cut = data.draw(st.integers(len(lines[0]), len(content)))
    journal = tmp_path_factory.mktemp("cut") / "journal.jsonl"
    journal.write_bytes(content[:cut])

    found = analyse(read(journal))

    ends = [sum(map(len, lines[: number + 1])) for number in range(len(lines))]
    samples = sum(isinstance(record, Window) and end <= cut for record, end in zip(records, ends, strict=True))
    assert sum(one.blocks for one in found.cells) == samples
    assert sum(trouble.count for trouble in found.troubles) == 6 - samples
    assert found.finished == (cut == len(content))


def test_after_a_resume_the_last_sample_of_a_cell_and_block_counts(tmp_path: Path) -> None:
    found = findings(
        tmp_path,
        header(TWO),
        launched(1, 1),
        good(1, 1, 0, duration_s=0.9),
        lost(1, 1, 1, "the server went away"),
        stopped(1, 1),
        INTERRUPTED,
        launched(1, 2),
        good(1, 2, 0, duration_s=0.2),
        good(1, 2, 1, duration_s=0.1),
        stopped(1, 2),
        FINISHED,
    )

    assert [(one.status, one.median_s, one.blocks, one.ok, one.errors) for one in found.cells] == [
        ("ok", 0.2, 1, 2, 0),
        ("ok", 0.1, 1, 2, 0),
    ]
    assert (found.finished, found.blocks, found.wall_s, found.troubles) == (True, 1, 1200.0, ())
    assert found.launches[0].launches == 2


def test_an_interrupted_run_is_not_finished(tmp_path: Path) -> None:
    found = findings(tmp_path, header(TWO), launched(1, 1), good(1, 1, 0), INTERRUPTED)

    assert (found.finished, found.wall_s) == (False, 600.0)


def test_a_run_that_is_under_way_again_is_not_finished(tmp_path: Path) -> None:
    assert not findings(tmp_path, *run(TWO), launched(1, 2)).finished


def test_only_blocks_with_a_sample_of_every_cell_count(tmp_path: Path) -> None:
    three = in_blocks(TWO, 3)
    samples = [good(1, 1, 0), lost(1, 1, 1, "no answer"), good(2, 1, 0), good(2, 1, 1), good(3, 1, 0)]

    assert findings(tmp_path, header(three), launched(1, 1), *samples).blocks == 2


def test_an_empty_journal_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no header"):
        findings(tmp_path)


@pytest.mark.parametrize(
    "broken",
    [
        lambda sample: replace(sample, cell=2),
        lambda sample: replace(sample, cell=-1),
        lambda sample: replace(sample, launch=2),
        lambda sample: replace(sample, cell=1),
    ],
)
def test_a_sample_that_contradicts_its_journal_is_bad_input(broken: Callable[[Window], Window], tmp_path: Path) -> None:
    two_launches = plan(cell("def"), cell("async", launch=replace(LAUNCH, thread_limit=100)))

    with pytest.raises(InputError, match="cell that its plan does not hold or from a launch that was not running"):
        findings(tmp_path, header(two_launches), launched(1, 1), broken(good(1, 1, 0)))


def test_a_sample_from_a_launch_that_was_stopped_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="launch that was not running"):
        findings(tmp_path, header(TWO), launched(1, 1), stopped(1, 1), good(1, 1, 0))


@pytest.mark.parametrize(
    "broken",
    [
        lambda sample: replace(sample, duration_s=None),
        lambda sample: replace(sample, requests=None),
        lambda sample: replace(sample, client=None),
    ],
)
def test_a_good_sample_that_lacks_its_figures_is_bad_input(broken: Callable[[Window], Window], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="calls a window ok that lacks"):
        findings(tmp_path, header(TWO), launched(1, 1), broken(good(1, 1, 0)))


def test_a_good_sample_must_be_of_the_executor_of_its_cell(tmp_path: Path) -> None:
    closed = plan(steady_cell(CLOSED_LOOP))

    with pytest.raises(InputError, match="calls a window ok that lacks"):
        findings(tmp_path, header(closed), launched(1, 1), good(1, 1, 0))
    with pytest.raises(InputError, match="calls a window ok that lacks"):
        findings(tmp_path, header(TWO), launched(1, 1), window(1, 1, 0))
    with pytest.raises(InputError, match="calls a window ok that lacks"):
        findings(tmp_path, header(closed), launched(1, 1), window(1, 1, 0, answered=0))


@pytest.mark.parametrize(
    "edited",
    [
        {"comparisons": (Pair(0, 2),)},
        {"comparisons": (Pair(0, -1),)},
        {"controls": (Pair(7, 0),)},
        {"thresholds": (Threshold("errors: == 0", "errors", (2,), "==", (0,), "count"),)},
        {"practical_difference": -1.0},
    ],
)
def test_a_header_that_names_what_is_not_there_is_bad_input(edited: dict[str, Any], tmp_path: Path) -> None:
    _, *others = run(TWO)
    with pytest.raises(InputError, match="names cells that its plan does not hold"):
        findings(tmp_path, header(replace(TWO, **edited)), *others)


def test_a_duration_below_nothing_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="calls a window ok that lacks"):
        findings(tmp_path, header(TWO), launched(1, 1), good(1, 1, 0, duration_s=-0.1))


def test_a_journal_of_another_method_is_bad_input(tmp_path: Path) -> None:
    first, *others = run(TWO)
    assert isinstance(first, Header)

    with pytest.raises(InputError, match="measured by version 99 of the method"):
        findings(tmp_path, replace(first, method=99), *others)
