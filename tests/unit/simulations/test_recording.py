import gzip
from pathlib import Path

import pytest

from simulations.recording import RecordedWindow, Recording, RecordingError, read_recording, write_recording

WINDOWS = tuple(
    RecordedWindow(1, "loop", 1, side, started, 4.32 + started, 738.92, 23200, 31500, 0.727)
    for started, side in enumerate("ba", start=1)
)
RECORDING = Recording({"cores": 2, "python": "CPython 3.11.7"}, WINDOWS)


def test_a_recording_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "new" / "aa.csv.gz"
    write_recording(path, RECORDING)
    assert read_recording(path) == RECORDING


def test_the_same_recording_has_the_same_bytes(tmp_path: Path) -> None:
    one, other = tmp_path / "one.csv.gz", tmp_path / "other.csv.gz"
    write_recording(one, RECORDING)
    write_recording(other, read_recording(one))
    assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize(
    "content", [b"", b"block,kind", gzip.compress(b"block,kind\n"), gzip.compress(b"{}\nblock,kind\n1,loop\n")]
)
def test_another_file_is_no_recording(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "aa.csv.gz"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match="is no recording"):
        read_recording(path)


def test_a_missing_file_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="is no recording"):
        read_recording(tmp_path / "aa.csv.gz")
