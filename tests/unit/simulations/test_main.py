import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from simulations import __main__ as simulations
from simulations.rows import FALSE_AT_MOST, FactRows, PageTable, Part, Row, Share


def part_of(hits: int) -> Callable[[int], Part]:
    def simulate(trials: int) -> Part:
        rows = [Row("a false verdict", Share(hits, trials), FALSE_AT_MOST), Row("no matter", Share(trials, trials))]
        facts = FactRows(("declared", "blocks"), [("1", "6")])
        return Part("Is it so?", (PageTable("Shares.", rows), PageTable("Facts.", facts)))

    return simulate


def called(monkeypatch: pytest.MonkeyPatch, hits: int, *arguments: str) -> int:
    monkeypatch.setattr(simulations, "PARTS", (part_of(hits),))
    monkeypatch.setattr(sys, "argv", ["simulations", *arguments])
    return simulations.main()


def test_shares_are_printed_and_written_with_promise_and_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    page = tmp_path / "page.md"

    assert called(monkeypatch, 100, "--trials", "2500", "--markdown", str(page)) == 0

    assert capsys.readouterr().out == (
        "a false verdict: 4.00% 0.39% 2,500 yes (promise: at most 5%)\nno matter: 100.00% 0.04% 2,500 — (promise: —)\n"
    )
    assert page.read_text().split("## Is it so?\n")[1] == (
        "\n"
        "Shares.\n"
        "\n"
        "| what | promise | simulated | ± | trials | kept |\n"
        "| --- | ---: | ---: | ---: | ---: | ---: |\n"
        "| a false verdict | at most 5% | 4.00% | 0.39% | 2,500 | yes |\n"
        "| no matter | — | 100.00% | 0.04% | 2,500 | — |\n"
        "\n"
        "Facts.\n"
        "\n"
        "| declared | blocks |\n"
        "| --- | ---: |\n"
        "| 1 | 6 |\n"
    )


def test_a_broken_promise_is_said_and_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called(monkeypatch, 60, "--trials", "500") == 1
    assert capsys.readouterr().err == "broken: a false verdict: 12.00% 1.46% 500 **no** (promise: at most 5%)\n"


def test_what_chance_may_have_done_does_not_fail(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called(monkeypatch, 26, "--trials", "500") == 0
    told = capsys.readouterr()
    assert told.out.startswith("a false verdict: 5.20% 1.01% 500 **no** (promise: at most 5%)\n")
    assert told.err == ""


def test_too_few_trials_are_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        called(monkeypatch, 0, "--trials", "9")
    assert "9 trials are too few; expected at least 10" in capsys.readouterr().err


def test_a_share_that_was_never_seen_is_not_known_to_be_nothing() -> None:
    assert Share(0, 1_000).error == pytest.approx(0.001, rel=0.01)
    assert Share(500, 1_000).error == pytest.approx(0.0158, rel=0.01)
