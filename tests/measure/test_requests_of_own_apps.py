"""What is sent to an endpoint of the user's own app is what the matrix says, with the secrets in their places."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.measure.client.job import Asked
from harness.measure.endpoints import NotAsExpectedError, request_of
from harness.model.apps import Expected, OwnEndpoint
from harness.model.secrets import Secrets

SECRETS = Secrets({"ID": "b c/d", "TOKEN": "t0p", "BROKEN": "two\nlines"})
ALWAYS = {"Accept-Encoding": "identity", "matrix-endpoint": "x"}


@pytest.mark.parametrize(
    ("endpoint", "asked"),
    [
        (
            OwnEndpoint("GET", "/ä/$ID?x=$ID&y=%20", {"x-token": "Bearer $TOKEN"}, expect=Expected(200, {"ok": True})),
            Asked(
                "/%C3%A4/b%20c%2Fd?x=b%20c%2Fd&y=%20",
                headers={**ALWAYS, "X-Token": "Bearer t0p"},
                says="x",
                holds={"ok": True},
            ),
        ),
        (
            OwnEndpoint("POST", "/", json={"$ID": ["$ID", 1, None]}),
            Asked(
                "/",
                method="POST",
                headers={**ALWAYS, "Content-Type": "application/json"},
                content='{"$ID": ["b c/d", 1, null]}',
                says="x",
            ),
        ),
        (
            OwnEndpoint("PUT", "/", {"content-type": "text/csv"}, body="$TOKEN;$$"),
            Asked("/", method="PUT", headers={**ALWAYS, "Content-Type": "text/csv"}, content="t0p;$", says="x"),
        ),
    ],
)
def test_a_request_is_what_the_matrix_says(endpoint: OwnEndpoint, asked: Asked) -> None:
    assert request_of("x", endpoint, SECRETS) == asked


@pytest.mark.parametrize(
    ("endpoint", "reason"),
    [
        (OwnEndpoint("GET", "/$GONE"), r"\$GONE is not set; export GONE=\.\.\. and run again"),
        (
            OwnEndpoint("GET", "/", {"authorization": "$BROKEN"}),
            r"the header Authorization cannot hold what '\$BROKEN' stands for: a line break, or no ASCII",
        ),
    ],
)
def test_a_request_that_cannot_be_made_is_refused_without_its_value(endpoint: OwnEndpoint, reason: str) -> None:
    with pytest.raises(NotAsExpectedError, match=f"^{reason}$"):
        request_of("x", endpoint, SECRETS)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_no_value_breaks_out_of_its_place_in_a_path(value: str) -> None:
    path = request_of("x", OwnEndpoint("GET", "/a/$ID/b?c=$ID"), Secrets({"ID": value})).path
    assert path.isascii()
    assert path.isprintable()
    assert (path.count("/"), path.count("?"), path.count("="), path.count("&"), path.count(" ")) == (3, 1, 1, 0, 0)
