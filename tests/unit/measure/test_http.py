"""Bytes become answers in the same way however they are cut up, and never become a good answer that nobody gave."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.measure.client.answers import SUCCESS, Answer
from harness.measure.client.http import HEAD_END, AnswerReader, KnownHeads

TOKEN = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", min_size=1, max_size=12)
VALUE = st.text("abcdefghijklmnopqrstuvwxyz0123456789 ,;=/:()", max_size=30).map(str.strip)
FRAMING = {"content-length", "transfer-encoding", "connection", "upgrade", "proxy-connection", "trailer", "te"}
HEADERS = st.lists(st.tuples(TOKEN.filter(lambda name: name.lower() not in FRAMING), VALUE), max_size=5)
BODY = st.binary(max_size=200)
REASON = st.sampled_from(["OK", "", "Quite All Right"])


def written(body: bytes, headers: Sequence[tuple[str, str]] = (), reason: str = "OK") -> bytes:
    """A good answer as a server writes it."""
    named = [*headers, ("Content-Length", str(len(body)))]
    lines = [f"HTTP/1.1 200 {reason}", *(f"{name}: {value}" for name, value in named)]
    return "\r\n".join(lines).encode() + HEAD_END + body


def read(pieces: Sequence[bytes], *, ends: bool = False) -> Answer | None:
    """What a reader makes of these pieces, and of the end of the connection after them."""
    reader = AnswerReader()
    for piece in pieces:
        if answer := reader.feed(piece):
            return answer
    return reader.end() if ends else None


def is_good(answer: Answer | None) -> bool:
    return (
        answer is not None
        and answer.outcome is None
        and answer.status == SUCCESS
        and answer.announced_length == len(answer.body)
    )


@given(BODY, HEADERS, REASON, st.data())
def test_an_answer_is_the_same_however_it_is_cut_up(
    body: bytes, headers: list[tuple[str, str]], reason: str, data: st.DataObject
) -> None:
    whole = written(body, headers, reason)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(whole) - 1), max_size=6)))
    pieces = [whole[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]

    answer = read(pieces)

    assert answer == Answer(status=200, announced_length=len(body), body=body)
    assert read([whole[place : place + 1] for place in range(len(whole))]) == answer


@given(BODY, st.integers(min_value=0), st.binary(min_size=0, max_size=3), st.integers(0, 3))
def test_a_mangled_answer_never_raises_and_is_good_only_as_its_own_head_announces(
    body: bytes, place: int, inserted: bytes, removed: int
) -> None:
    whole = written(body, [("server", "a")])
    place %= len(whole) + 1
    mangled = whole[:place] + inserted + whole[place + removed :]

    answer = read([mangled], ends=True)

    assert answer is not None
    if is_good(answer):
        head, _, rest = mangled.partition(HEAD_END)
        assert answer.announced_length == len(answer.body)
        assert f"{answer.announced_length}".encode() in head
        assert rest == answer.body


@given(
    st.binary(min_size=1, max_size=60), st.lists(st.tuples(st.integers(0), st.integers(0, 255)), min_size=1, max_size=4)
)
def test_flipped_bytes_never_raise_and_never_make_up_a_body(body: bytes, flips: list[tuple[int, int]]) -> None:
    whole = bytearray(written(body, [("server", "a")]))
    for place, value in flips:
        whole[place % len(whole)] = value

    answer = read([bytes(whole)], ends=True)

    assert answer is not None
    if is_good(answer):
        assert whole.endswith(answer.body)
        assert answer.announced_length == len(answer.body) == len(bytes(whole).partition(HEAD_END)[2])


@given(st.binary(max_size=300))
def test_no_bytes_raise_and_what_is_not_http_is_no_answer(garbage: bytes) -> None:
    answer = read([garbage], ends=True)

    assert answer is not None
    assert not is_good(answer) or garbage.startswith(b"HTTP/1.")


@given(BODY, st.integers(min_value=1))
def test_an_answer_that_ends_before_its_end_is_never_good(body: bytes, missing: int) -> None:
    whole = written(body)
    short = whole[: -(missing % len(whole)) or -1]

    assert not is_good(read([short], ends=True))


@given(BODY, HEADERS, st.binary(max_size=300))
def test_what_is_remembered_of_a_head_accepts_only_what_reading_it_would(
    body: bytes, headers: list[tuple[str, str]], other: bytes
) -> None:
    heads = KnownHeads()
    whole = written(body, headers)
    first = read([whole])
    assert first is not None
    heads.remember(whole, first)

    for data in (whole, whole[: len(whole) - len(body)] + other, other, whole[: len(whole) - len(body)] + body[::-1]):
        if heads.match(data) is not None:
            assert heads.match(data) == data
            assert heads.build_answer(data) == read([data])


def test_only_plain_heads_are_remembered() -> None:
    for whole in (
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
    ):
        heads = KnownHeads()
        answer = read([whole])
        assert answer is not None
        heads.remember(whole, answer)
        assert heads.lengths == {}


def test_heads_that_never_repeat_are_not_kept_for_ever() -> None:
    heads = KnownHeads()
    for number in range(5000):
        whole = written(b"ok", [("request", str(number))])
        answer = read([whole])
        assert answer is not None
        heads.remember(whole, answer)
    assert 0 < len(heads.lengths) < 5000


def test_an_answer_that_comes_again_takes_no_more_room() -> None:
    heads = KnownHeads()
    one, equal, other = (written(body, []) for body in (b"one", b"one", b"two"))
    answer = read([one])
    assert answer is not None
    heads.remember(one, answer)
    assert heads.match(one) is one
    assert heads.match(equal) is one
    assert heads.match(other) is other


def test_a_body_that_comes_again_takes_no_more_room() -> None:
    heads = KnownHeads()
    body = heads.share_body(b"x" * 1_000)
    again = bytes(bytearray(body))
    assert again is not body
    assert heads.share_body(again) is body
    assert heads.share_body(b"another") == b"another"
    assert heads.share_body(again) == body


def test_interim_answers_are_passed_over() -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\n"
    good = written(b"ok")

    assert read([interim + good]) == read([interim, good]) == read([good])


@pytest.mark.parametrize(
    ("head", "closes"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 5", False),
        (b"HTTP/1.1 200 OK\r\nx: y", False),
        (b"HTTP/1.1 200 OK\r\nConnection: Close", True),
        (b"HTTP/1.0 200 OK\r\nx: y", True),
    ],
)
def test_an_answer_to_head_ends_with_its_head_and_leaves_the_connection_open(head: bytes, closes: bool) -> None:
    reader = AnswerReader(to_head=True)
    answer = reader.feed(head + HEAD_END)

    assert answer == Answer(status=200, announced_length=0)
    assert reader.closes is closes


def test_bytes_after_an_answer_make_it_too_long() -> None:
    for more in (b"!", written(b"ok"), b"\x00\x01"):
        answer = read([written(b"ok") + more])
        assert answer is not None
        assert answer.outcome == "long_body"


def test_an_answer_without_end_is_given_up() -> None:
    reader = AnswerReader()
    answers = [reader.feed(b"HTTP/1.1 200 OK\r\n"), *(reader.feed(b"x: " + b"y" * 4096 + b"\r\n") for _ in range(20))]
    outcomes = {answer.outcome for answer in answers if answer}

    assert outcomes <= {"long_body", "malformed"}
    assert outcomes
