"""How often a request takes one of the thread tokens: the hidden second one is what several scenarios are about."""

import json
from pathlib import Path

import pytest

from harness.matrix.catalog import parameters_of
from harness.measure.client.job import RequestSpec
from tests.servers.scenarios.launched_inside import seen

CHUNKS = int(dict(parameters_of("stream", {}))["chunks"])
THE_END_OF_AN_ITERATOR = 1
FILE_SIZE = int(dict(parameters_of("files", {}))["file_size"])
READS = -(-FILE_SIZE // 2**16)
STAT, OPEN, WRITE, SEEK, READ, CLOSE = 1, 1, 1, 1, 1, 1
OF_A_FILE = STAT + OPEN + READS + CLOSE

TURNS = {
    "noop": {"def": 1, "async": 0},
    "sleep": {"def": 1, "async": 0, "async-blocking": 0, "async-to-thread": 0, "async-threadpool": 1},
    "cpu": {"def": 1, "async": 0},
    "cpu-hash": {"def": 1, "async": 0},
    "dependency": {"def": 2, "async": 0, "async-def-dependency": 1},
    "validated": {"def": 1, "def-annotated": 2, "async": 0, "async-annotated": 0},
    "background": {"def/leaves-task": 1, "def/zero-work": 1, "async/leaves-task": 0, "async/zero-work": 1},
    "stream": {
        "def": 1 + CHUNKS + THE_END_OF_AN_ITERATOR,
        "async": 0,
        "async-sync-iterator": CHUNKS + THE_END_OF_AN_ITERATOR,
    },
    "files": {"def": 1 + OF_A_FILE, "async": OF_A_FILE, "async-memory": 0},
    "mixed": {
        "def/slow": 1,
        "def/fast": 0,
        "async/slow": 0,
        "async/fast": 0,
        "async-blocking/slow": 0,
        "async-blocking/fast": 0,
    },
}


@pytest.mark.parametrize(
    ("scenario", "endpoint", "turns"),
    [(scenario, endpoint, turns) for scenario, of_it in TURNS.items() for endpoint, turns in of_it.items()],
)
def test_a_request_takes_as_many_thread_tokens_as_its_style_is_said_to(
    scenario: str, endpoint: str, turns: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = seen(scenario, RequestSpec(f"/{endpoint}"), tmp_path, monkeypatch)

    assert (it.status, it.turns) == (200, turns)


def test_a_server_that_sends_files_itself_spares_the_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    it = seen("files", RequestSpec("/async"), tmp_path, monkeypatch, sends_paths=True)

    assert (it.status, it.turns, it.messages) == (200, STAT, ["http.response.start", "http.response.pathsend"])
    assert it.path_sent is not None
    assert Path(it.path_sent).read_bytes() == bytes(FILE_SIZE)


@pytest.mark.parametrize(
    ("endpoint", "size", "turns"),
    [
        ("async", 2**20, 0),
        ("async", 2**20 + 1, WRITE + SEEK + READ + CLOSE),
        ("def", 2**20, 1),
        ("def", 2**20 + 1, WRITE + SEEK + 1 + CLOSE),
        ("async-body", 2**20 + 1, 0),
    ],
)
def test_an_upload_is_written_sought_read_and_closed_in_threads_only_beyond_a_mebibyte(
    endpoint: str, size: int, turns: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = seen("uploads", RequestSpec(f"/{endpoint}", method="POST", upload_bytes=size), tmp_path, monkeypatch)

    assert (it.status, it.turns) == (200, turns)
    assert json.loads(it.body)["received"] >= size
