"""The endpoints of the user's own app: the requests to them, and whether they answer as expected before any load.

Rule 1: each endpoint is called twice on every launch. The first answer is compared with what the matrix expects, the
second with the first. If both have the same body, every answer under load must have it too.
Rule 2: an endpoint that does not answer as expected costs its own cells, and no others.
"""

import hashlib
import http.client
import json
import os
import re
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from harness.measure.client.answers import find_wrong_content, quote_body
from harness.measure.client.http import build_headers, encode_content
from harness.measure.client.job import RequestSpec
from harness.measure.process import quote_log_end
from harness.measure.server import RunningServer
from harness.measure.stop import Stop
from harness.model.apps import Expected, OwnEndpoint
from harness.model.journal import SampleStatus
from harness.model.outcomes import Status
from harness.model.plan import Plan
from harness.model.secrets import Secrets, expanded_data, not_set
from scenarios.inside.launched import ENDPOINT_HEADER
from servers.adapter import HOST

SUCCESS = range(200, 300)

NOT_ENCODED = "/?:@!$&'()*+,;=-._~%"
"""What a path and its query may hold in addition to letters and digits; all else is percent-encoded."""

SECRET_NAME = re.compile(
    "SECRET|TOKEN|PASSWORD|PASSWD|CREDENTIAL|API_?KEY|PRIVATE_?KEY|DSN|DATABASE_URL", re.IGNORECASE
)
SHORTEST_SECRET = 6
"""Shorter values occur in words that are not secret."""

EXIT_SEEN_WITHIN_S = 0.2
"""How long after a bad answer the exit of a server may take to be seen."""


class UnexpectedAnswerError(Exception):
    """A request that cannot be sent, or an answer that is not the expected one; its text says why."""

    def __init__(self, reason: str, status: SampleStatus = Status.FAILED) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True)
class WholeAnswer:
    """One answer; `location` is where a redirect leads."""

    status: int
    body: bytes
    location: str | None


def collect_secrets(plan: Plan) -> Secrets:
    """Return the environment variables that must be redacted.

    These are the variables of requests, as far as they are set, and, if there are own apps, all variables with the name
    of a secret: an app may log them.
    """
    if not plan.apps:
        return Secrets()
    names = {name for app in plan.apps.values() for name in app.variables}
    return Secrets({name: value for name, value in os.environ.items() if name in names or _is_secret(name, value)})


def _is_secret(name: str, value: str) -> bool:
    return SECRET_NAME.search(name) is not None and len(value) >= SHORTEST_SECRET


def build_request(name: str, endpoint: OwnEndpoint, secrets: Secrets) -> RequestSpec:
    """Return the request to an endpoint and what its answer must contain; its status is left open.

    Raises UnexpectedAnswerError if a variable is not set, is not text, or would break the request.
    """
    try:
        headers = {header.title(): secrets.expanded(value) for header, value in endpoint.headers.items()}
        content, media_type = _encode_body(endpoint, secrets)
        # A value in the path is always one part of it.
        encoded = Secrets({each: quote(secrets.values[each], safe="") for each in endpoint.variables})
        path = quote(encoded.expanded(endpoint.path), safe=NOT_ENCODED)
        content.encode()  # as it will be sent
    except UnicodeEncodeError:
        names = " or ".join(f"${each}" for each in endpoint.variables)
        raise UnexpectedAnswerError(f"cannot be called with the value of {names}, which is not UTF-8") from None
    except KeyError:
        missing = not_set(endpoint.variables, secrets.values)
        raise UnexpectedAnswerError(f"needs {missing}") from None
    for header, value in headers.items():
        if not (value.isascii() and value.isprintable()):
            template = endpoint.headers[next(each for each in endpoint.headers if each.title() == header)]
            raise UnexpectedAnswerError(
                f"the header {header} cannot hold the value of {template!r}: it has a line break, or is not ASCII"
            )
    # Clients differ in the encodings that they accept unless they are told.
    defaults = {"Accept-Encoding": "identity", **({"Content-Type": media_type} if media_type else {})}
    return RequestSpec(
        path=path,
        method=endpoint.method,
        headers={**defaults, **headers, ENDPOINT_HEADER: name},
        content=content,
        expected_style=name,
        expected_json=endpoint.expect.json,
    )


def check_endpoint(
    server: RunningServer, name: str, endpoint: OwnEndpoint, within_s: float, stop: Stop
) -> tuple[int, int, str | None]:
    """Check that an endpoint answers as expected, and add its request to those of the server.

    Returns the status and the length of the first answer, and the SHA-256 of its body if the second one was the same.
    Raises UnexpectedAnswerError, InterruptedRunError.
    """
    try:
        spec = build_request(name, endpoint, server.secrets)
        first = _call_endpoint(server, spec, within_s, stop)
        _require_expected(first, spec, endpoint.expect, server.secrets)
        second = _call_endpoint(server, spec, within_s, stop)
        if second.status != first.status:
            quoted = quote_body(second.body, server.secrets.values)
            raise UnexpectedAnswerError(f"answered with status {first.status}, then with {second.status}: {quoted}")
    except UnexpectedAnswerError as error:
        reason = f"{endpoint.method} {endpoint.path} {error}"
        if not server.runs_lifespans:
            reason += "; this server runs no lifespan, so what the app opens in its own is missing"
        details = server.describe_exit(EXIT_SEEN_WITHIN_S) or quote_log_end(server.log)
        raise UnexpectedAnswerError(f"{reason}; {details}", error.status) from None
    digest = hashlib.sha256(first.body).hexdigest() if second.body == first.body else None
    server.requests[name] = replace(spec, expected_status=first.status, expected_sha256=digest)
    return first.status, len(first.body), digest


def _require_expected(answer: WholeAnswer, spec: RequestSpec, expect: Expected, secrets: Secrets) -> None:
    expected = SUCCESS if expect.status is None else (expect.status,)
    quoted = quote_body(answer.body, secrets.values)
    if answer.status not in expected:
        wanted = "2xx" if expect.status is None else expect.status
        redirect = f" and the location {answer.location!r}" if answer.location else ""
        raise UnexpectedAnswerError(f"answered with status {answer.status}{redirect}, expected {wanted}: {quoted}")
    if problem := find_wrong_content(answer.body, spec):
        raise UnexpectedAnswerError(f"did not answer as expected, {problem}: {quoted}")


def _encode_body(endpoint: OwnEndpoint, secrets: Secrets) -> tuple[str, str | None]:
    """Return the body of a request, and its media type if it has one."""
    if endpoint.json is not None:
        return json.dumps(expanded_data(endpoint.json, secrets)), "application/json"
    if endpoint.form is not None:
        form = {name: secrets.expanded(value) for name, value in endpoint.form.items()}
        return urlencode(form), "application/x-www-form-urlencoded"
    return secrets.expanded(endpoint.body or ""), "text/plain; charset=utf-8" if endpoint.body else None


def _call_endpoint(server: RunningServer, spec: RequestSpec, within_s: float, stop: Stop) -> WholeAnswer:
    """Call an endpoint once; give up if the run is asked to stop, or if the answer has no end."""
    calling = ThreadPoolExecutor(1)
    deadline_s = time.monotonic() + within_s
    try:
        answer: Future[WholeAnswer] = calling.submit(_fetch_answer, server.port, spec, within_s)
        while not answer.done():
            if time.monotonic() > deadline_s:
                raise TimeoutError
            stop.pause()
        return answer.result()
    except TimeoutError:
        raise UnexpectedAnswerError(f"gave no complete answer within {within_s:g} s", Status.TIMEOUT) from None
    except (OSError, http.client.HTTPException) as error:
        raise UnexpectedAnswerError(f"gave no complete answer: {type(error).__name__}: {error}") from None
    finally:
        # A thread that still waits ends with the server.
        calling.shutdown(wait=False)


def _fetch_answer(port: int, spec: RequestSpec, within_s: float) -> WholeAnswer:
    connection = http.client.HTTPConnection(HOST, port, timeout=within_s)
    try:
        connection.request(spec.method, spec.path, encode_content(spec) or None, build_headers(spec))
        with connection.getresponse() as response:
            return WholeAnswer(response.status, response.read(), response.getheader("location"))
    finally:
        connection.close()
