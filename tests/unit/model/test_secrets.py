"""Secrets are where they are needed, and nowhere else."""

import json
import os
from html import escape
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.secrets import PIECE, Secrets, expanded_data, names_in, texts_in, wrong_template

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,9}", fullmatch=True)
VALUES = st.text(min_size=1, max_size=60)


def test_a_template_is_expanded_in_memory_and_nothing_else_is() -> None:
    secrets = Secrets({"TOKEN": "t0p", "ID": "7"})
    data = {"$ID": ["$TOKEN", {"a": "${ID}b", "price": "$$5"}], "n": 1, "none": None}

    assert expanded_data(data, secrets) == {"$ID": ["t0p", {"a": "7b", "price": "$5"}], "n": 1, "none": None}
    assert "t0p" not in repr(secrets)
    with pytest.raises(KeyError, match="OTHER"):
        secrets.expanded("$OTHER")


def test_the_names_in_templates_are_those_that_are_expanded() -> None:
    assert names_in(["Bearer $TOKEN", "${ID}/$TOKEN", "$$NONE", *texts_in({"$KEY": [1, "$DEEP"]})]) == [
        "TOKEN",
        "ID",
        "DEEP",
    ]


@given(st.text())
def test_whatever_is_no_wrong_template_can_be_expanded(text: str) -> None:
    if wrong_template(text) is None:
        Secrets(dict.fromkeys(names_in([text]), "x")).expanded(text)


@given(NAMES, VALUES, st.text(max_size=20), st.text(max_size=20))
def test_a_secret_is_redacted_wherever_it_stands_and_however_it_is_escaped(
    name: str, value: str, before: str, after: str
) -> None:
    secrets = Secrets({name: value})
    escaped = (escape(value), json.dumps(value)[1:-1], repr(value)[1:-1], repr(value.encode())[2:-1])
    for form in (value, quote(value, safe=""), quote_plus(value), *escaped):
        redacted = secrets.redacted(f"{before}{form}{after}")
        assert f"${name}" in redacted
        # A value may be so short that the name itself holds it.
        assert form not in redacted.replace(f"${name}", "\0") or form == "\0"


def test_a_secret_that_is_no_utf_8_is_redacted_like_any_other() -> None:
    assert Secrets({"TOKEN": os.fsdecode(b"caf\xe9")}).redacted("caf%E9, b'caf\\xe9'") == "$TOKEN, b'$TOKEN'"


def test_a_longer_piece_of_a_secret_is_as_good_as_the_whole() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    secrets = Secrets({"TOKEN": letters})

    assert secrets.redacted(f"cut short: {letters[:PIECE]}") == "cut short: $TOKEN"
    assert secrets.redacted(f"{letters[3:20]} cut") == "$TOKEN cut"
    assert secrets.redacted(f"{letters}{letters} and {letters}") == "$TOKEN and $TOKEN"
    assert secrets.redacted(letters[: PIECE - 1]) == letters[: PIECE - 1]


def test_of_two_secrets_the_longer_one_is_redacted_first() -> None:
    assert Secrets({"USER": "bob", "PASSWORD": "bob's"}).redacted("bob's bob") == "$PASSWORD $USER"


@given(st.text())
def test_without_secrets_a_text_stays_as_it_is(text: str) -> None:
    assert Secrets({"EMPTY": ""}).redacted(text) == Secrets().redacted(text) == text
