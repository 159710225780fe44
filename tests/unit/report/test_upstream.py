"""Whether the upstream kept up is shown with its figures, wherever there was one."""

from dataclasses import replace

from harness.analysis.findings import CellFinding, Findings, Percentiles, UpstreamFinding
from harness.model.flags import Flag
from harness.report.sections import belief
from harness.report.sentences import upstream
from tests.builders.findings import Run, findings

RUN = Run(scenario="upstream", servers=("uvicorn",), styles=("def", "async"), concurrencies=(40,))


def with_upstreams(some: Findings, *seen: UpstreamFinding | None, flag: Flag | None = None) -> Findings:
    def with_upstream(one: CellFinding, each: UpstreamFinding | None) -> CellFinding:
        return replace(one, upstream=each, flagged_blocks={flag: 1} if flag else {})

    return replace(some, cells=tuple(map(with_upstream, some.cells, seen)))


FEW = UpstreamFinding(answered=40, peak=1, late=Percentiles(0.1, None, None), late_max_ms=0.25, cpu=0.004)
MANY = UpstreamFinding(answered=4000, peak=120, late=Percentiles(0.1, 0.3, 0.4567), late_max_ms=3.1, cpu=0.125)


def test_it_says_for_each_scenario_how_much_it_had_to_do_and_how_late_it_was() -> None:
    some = with_upstreams(findings(RUN), FEW, MANY)

    (told,) = upstream.sentences(some)
    assert told == (
        "The service that `upstream` calls kept up: it had at most 120 requests under way at once, sent 1% of its "
        "answers more than 0.46 ms and its latest answer 3.10 ms later than asked for, and used at most 0.12 of a core."
    )
    assert f"- {told}\n" in f"{belief.section(some)}\n"
    assert "a client at its limit or late, an upstream at its limit or late, a machine" in belief.section(some)


def test_few_answers_have_no_last_of_a_hundred() -> None:
    assert upstream.sentence(with_upstreams(findings(RUN), FEW, None), "upstream") == (
        "The service that `upstream` calls kept up: it had at most 1 request under way at once, sent its latest answer "
        "0.25 ms later than asked for, and used at most 0.00 of a core."
    )


def test_it_says_where_it_did_not_keep_up() -> None:
    some = with_upstreams(findings(RUN), MANY, None, flag=Flag.UPSTREAM_LATE)

    assert (upstream.sentence(some, "upstream") or "").startswith(
        "The service that `upstream` calls did not always keep up (`upstream-late` in 1 of 1 cell): it had at most 120 "
    )


def test_a_scenario_without_an_upstream_has_nothing_to_say_of_it() -> None:
    assert list(upstream.sentences(findings())) == []
