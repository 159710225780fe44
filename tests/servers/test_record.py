"""The noise of this machine can be recorded, in several sittings."""

from pathlib import Path

import pytest

from simulations.record import record
from simulations.recording import SIDES, RecordingError, read_recording, write_recording
from simulations.targets import LOADS


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two blocks of two rounds, recorded one after the other."""
    path = tmp_path_factory.mktemp("recorded") / "aa.csv.gz"
    for blocks in (1, 2):
        record(path, blocks, rounds=2, seconds=60.0)
    return path


def test_each_round_has_a_window_of_both_sides_next_to_each_other(recorded: Path) -> None:
    windows = read_recording(recorded).windows

    pairs = list(zip(windows[::2], windows[1::2], strict=True))
    assert {(one.block, one.round_number, one.kind) for one, _ in pairs} == {
        (block, number, load.name) for block in (1, 2) for number in (1, 2) for load in LOADS
    }
    for one, other in pairs:
        assert (one.block, one.round_number, one.kind) == (other.block, other.round_number, other.kind)
        assert {one.side, other.side} == set(SIDES)
        assert {one.started, other.started} == {1, 2}


def test_windows_have_figures_and_come_in_the_order_of_their_times(recorded: Path) -> None:
    windows = read_recording(recorded).windows

    assert [one.at_s for one in windows] == sorted(one.at_s for one in windows)
    for window in windows:
        assert 0 < window.p50_us <= window.p90_us
        assert 0.0 <= window.foreign <= 1.5
        assert window.kind != "burst" or window.cost_us > 100_000


def test_no_block_begins_when_the_time_is_up(recorded: Path) -> None:
    before = recorded.read_bytes()
    record(recorded, blocks=3, rounds=2, seconds=0.0)
    assert recorded.read_bytes() == before


def test_a_recording_of_another_machine_is_not_continued(recorded: Path, tmp_path: Path) -> None:
    copy = read_recording(recorded)
    facts = {**copy.facts, "cores": 64}
    write_recording(tmp_path / "aa.csv.gz", type(copy)(facts, copy.windows))
    with pytest.raises(RecordingError, match="cores was 64, is "):
        record(tmp_path / "aa.csv.gz", blocks=3, rounds=2, seconds=60.0)
