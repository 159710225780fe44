from collections.abc import Iterator
from pathlib import Path

import pytest

from simulations import record
from simulations.recording import RecordedWindow, RecordingError, read_recording


def test_a_lost_block_leaves_a_gap_and_too_many_end_the_recording(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def record_block(block: int, *_: object) -> Iterator[RecordedWindow]:
        if block == 1 or block > 3:
            raise RecordingError("a window gave no figure")
        yield RecordedWindow(block, "loop", 1, "a", 1, 0.5, 700.0, 1, 2, 0.1)

    monkeypatch.setattr(record, "record_block", record_block)
    path = tmp_path / "aa.csv.gz"

    with pytest.raises(RecordingError, match="5 blocks in a row were lost"):
        record.record(path, blocks=20, rounds=1, seconds=60.0)

    assert [window.block for window in read_recording(path).windows] == [2, 3]
    assert capsys.readouterr().out.count("is lost: a window gave no figure") == 6
