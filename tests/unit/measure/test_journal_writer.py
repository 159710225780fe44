"""A journal is plain while it is written and compressed at rest; whatever happens in between, no line is lost."""

import gzip
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.measure.journal_writer import create_journal, pack_journal, reopen_journal
from harness.model import journal
from harness.model.errors import InputError
from harness.model.journal import Ended, Record, to_line
from tests.builders.journals import cell, header, plan

HEADER = header(plan(cell("async", 1)))
ENDED = Ended("interrupted", "2026-10-01T12:00:00Z", 1.0)
PLAIN, PACKED = journal.FILE_NAME, journal.PACKED_NAME


def create(folder: Path) -> None:
    with create_journal(folder, HEADER) as writer:
        assert names(folder) == [PLAIN]
        writer.write(ENDED)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_journal_is_compressed_when_its_writer_is_done_even_if_that_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), create_journal(tmp_path, HEADER):
        raise ZeroDivisionError
    assert names(tmp_path) == [PACKED]
    assert list(journal.read(journal.find(tmp_path))) == [HEADER]


def test_a_journal_that_is_taken_up_again_is_plain_until_its_writer_is_done(tmp_path: Path) -> None:
    create(tmp_path)
    with reopen_journal(tmp_path) as (writer, state):
        assert names(tmp_path) == [PLAIN]
        assert state.header == HEADER
        writer.write(ENDED)
    assert names(tmp_path) == [PACKED]
    assert list(journal.read(journal.find(tmp_path))) == [HEADER, ENDED, ENDED]


def test_a_journal_that_is_still_written_stays_as_it_is(tmp_path: Path) -> None:
    with create_journal(tmp_path, HEADER):
        pack_journal(tmp_path)
        assert names(tmp_path) == [PLAIN]
        with pytest.raises(InputError, match="another process is still measuring this run"), reopen_journal(tmp_path):
            pass
        assert names(tmp_path) == [PLAIN]


def test_where_a_crash_has_left_both_the_plain_one_counts(tmp_path: Path) -> None:
    create(tmp_path)
    records: list[Record] = [HEADER, ENDED, ENDED]
    whole = b"".join(map(to_line, records))
    (tmp_path / PLAIN).write_bytes(whole + b'{"kind":"samp')
    assert list(journal.read(journal.find(tmp_path))) == [HEADER, ENDED, ENDED]
    with reopen_journal(tmp_path):
        pass
    assert names(tmp_path) == [PACKED]
    assert gzip.decompress((tmp_path / PACKED).read_bytes()) == whole


@given(st.lists(st.binary(max_size=50), max_size=5))
def test_the_same_lines_are_always_compressed_to_the_same_bytes(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]
) -> None:
    content = b"\n".join(lines)
    packed = []
    for time_s in (0, 1_000_000_000):
        folder = tmp_path_factory.mktemp("run")
        (folder / PLAIN).write_bytes(content)
        os.utime(folder / PLAIN, (time_s, time_s))
        pack_journal(folder)
        assert names(folder) == [PACKED]
        packed.append((folder / PACKED).read_bytes())
    assert packed[0] == packed[1]
    assert gzip.decompress(packed[0]) == content


@pytest.mark.parametrize("keep", [slice(0, -9), slice(9, None)], ids=["cut off", "without its head"])
def test_a_damaged_journal_is_refused_and_kept(keep: slice, tmp_path: Path) -> None:
    create(tmp_path)
    path = tmp_path / PACKED
    damaged = path.read_bytes()[keep]
    path.write_bytes(damaged)
    with pytest.raises(InputError, match=r"journal.jsonl.gz: the journal is damaged: .*; take it from a copy"):
        list(journal.read(path))
    with pytest.raises(InputError, match="the journal is damaged"), reopen_journal(tmp_path):
        pass
    assert names(tmp_path) == [PACKED]
    assert path.read_bytes() == damaged
