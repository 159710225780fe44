"""What is sent to an endpoint of the user's own app is what the matrix says, with the secrets in their places."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.measure.client.job import RequestSpec
from harness.measure.own_endpoints import UnexpectedAnswerError, build_request, check_endpoint
from harness.measure.server import RunningServer
from harness.measure.stop import Stop
from harness.model.apps import Expected, OwnEndpoint
from harness.model.outcomes import Status
from harness.model.secrets import Secrets
from servers.adapter import HOST

SECRETS = Secrets({"ID": "b c/d", "TOKEN": "t0p", "BROKEN": "two\nlines", "BYTES": os.fsdecode(b"caf\xe9")})
ALWAYS = {"Accept-Encoding": "identity", "matrix-endpoint": "x"}


@pytest.mark.parametrize(
    ("endpoint", "asked"),
    [
        (
            OwnEndpoint("GET", "/ä/$ID?x=$ID&y=%20", {"x-token": "Bearer $TOKEN"}, expect=Expected(200, {"ok": True})),
            RequestSpec(
                "/%C3%A4/b%20c%2Fd?x=b%20c%2Fd&y=%20",
                headers={**ALWAYS, "X-Token": "Bearer t0p"},
                expected_style="x",
                expected_json={"ok": True},
            ),
        ),
        (
            OwnEndpoint("POST", "/", json={"$ID": ["$ID", 1, None]}),
            RequestSpec(
                "/",
                method="POST",
                headers={**ALWAYS, "Content-Type": "application/json"},
                content='{"$ID": ["b c/d", 1, null]}',
                expected_style="x",
            ),
        ),
        (
            OwnEndpoint("PUT", "/", {"content-type": "text/csv"}, body="$TOKEN;$$"),
            RequestSpec(
                "/", method="PUT", headers={**ALWAYS, "Content-Type": "text/csv"}, content="t0p;$", expected_style="x"
            ),
        ),
    ],
)
def test_a_request_is_what_the_matrix_says(endpoint: OwnEndpoint, asked: RequestSpec) -> None:
    assert build_request("x", endpoint, SECRETS) == asked


@pytest.mark.parametrize(
    ("endpoint", "reason"),
    [
        (OwnEndpoint("GET", "/$GONE"), r"needs \$GONE, which is not set; export GONE=\.\.\."),
        (
            OwnEndpoint("GET", "/", {"authorization": "$BROKEN"}),
            r"the header Authorization cannot hold the value of '\$BROKEN': it has a line break, or is not ASCII",
        ),
        (OwnEndpoint("GET", "/$BYTES"), r"cannot be called with the value of \$BYTES, which is not UTF-8"),
        (OwnEndpoint("POST", "/", body="$BYTES"), r"cannot be called with the value of \$BYTES, which is not UTF-8"),
    ],
)
def test_a_request_that_cannot_be_made_is_refused_without_its_value(endpoint: OwnEndpoint, reason: str) -> None:
    with pytest.raises(UnexpectedAnswerError, match=f"^{reason}$"):
        build_request("x", endpoint, SECRETS)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_no_value_breaks_out_of_its_place_in_a_path(value: str) -> None:
    path = build_request("x", OwnEndpoint("GET", "/a/$ID/b?c=$ID"), Secrets({"ID": value})).path
    assert path.isascii()
    assert path.isprintable()
    assert (path.count("/"), path.count("?"), path.count("="), path.count("&"), path.count(" ")) == (3, 1, 1, 0, 0)


@contextmanager
def dripping() -> Iterator[int]:
    """The port of a server whose only answer goes on and on."""
    over = Event()

    def drip() -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while not over.wait(0.01):
                connection.sendall(b"drip")

    with socket.create_server((HOST, 0)) as listening:
        dripper = Thread(target=drip)
        dripper.start()
        try:
            yield listening.getsockname()[1]
        finally:
            over.set()
            dripper.join()


def test_an_answer_without_an_end_is_given_up(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.touch()
    with dripping() as port, subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        server = RunningServer(process, [], port, "", log, time.monotonic(), tmp_path, Secrets(), runs_lifespans=True)
        try:
            with pytest.raises(
                UnexpectedAnswerError, match=r"^GET / gave no complete answer within 0.2 s; "
            ) as given_up:
                check_endpoint(server, "x", OwnEndpoint("GET", "/"), 0.2, Stop())
        finally:
            process.kill()

    assert given_up.value.status == Status.TIMEOUT
