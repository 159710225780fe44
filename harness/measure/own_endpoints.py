"""The endpoints of the user's own app: what is sent to them, and whether they answer as expected before any load.

Rule 1: each is asked twice on every launch. The first answer is held against what the matrix expects of it, the second
against the first; where both have the same body, so must every answer under load.
Rule 2: one that does not answer as expected costs its own cells, and no other.
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
from harness.measure.server import RunningServer, quote_log_end
from harness.measure.stop import Stop
from harness.model.apps import Expected, OwnEndpoint
from harness.model.journal import SampleStatus
from harness.model.outcomes import Status
from harness.model.plan import Plan
from harness.model.secrets import Secrets, expanded_data, not_set
from scenarios.inside.launched import ENDPOINT_HEADER
from servers.adapter import HOST

SUCCESS = range(200, 300)
LEFT_AS_IT_IS = "/?:@!$&'()*+,;=-._~%"
"""What a path and its query may hold beside letters and digits; all else is percent-encoded."""

SECRET_NAME = re.compile(
    "SECRET|TOKEN|PASSWORD|PASSWD|CREDENTIAL|API_?KEY|PRIVATE_?KEY|DSN|DATABASE_URL", re.IGNORECASE
)
SHORTEST_SECRET = 6
"""What is shorter stands in words that are no secret."""

# How long a server may take to be seen dead after an answer that did not come, or was not what it should be.
SEEN_DEAD_WITHIN_S = 0.2


class UnexpectedAnswerError(Exception):
    """A request that cannot be made, or an answer that is not what was expected; its text says why, or what it was."""

    def __init__(self, reason: str, status: SampleStatus = Status.FAILED) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True)
class WholeAnswer:
    """One answer, whole; where it leads elsewhere, `location` says where."""

    status: int
    body: bytes
    location: str | None


def collect_secrets(plan: Plan) -> Secrets:
    """The variables that requests take, with their values; those that are not set are left out.

    With them come those that an app of the user's may write into its log, and that are called what secrets are called.
    """
    if not plan.apps:
        return Secrets()
    names = {name for app in plan.apps.values() for name in app.variables}
    return Secrets({name: value for name, value in os.environ.items() if name in names or _is_secret(name, value)})


def _is_secret(name: str, value: str) -> bool:
    return SECRET_NAME.search(name) is not None and len(value) >= SHORTEST_SECRET


def build_request(name: str, endpoint: OwnEndpoint, secrets: Secrets) -> RequestSpec:
    """What is sent to an endpoint, and what a good answer to it holds, its status left open.

    Raises NotAsExpectedError where a variable is not set, is no text, or would break the request.
    """
    try:
        headers = {header.title(): secrets.expanded(value) for header, value in endpoint.headers.items()}
        content, kind = _encode_content(endpoint, secrets)
        # A value is a part of the path that stands by itself, whatever signs it holds.
        encoded = Secrets({each: quote(secrets.values[each], safe="") for each in endpoint.variables})
        path = quote(encoded.expanded(endpoint.path), safe=LEFT_AS_IT_IS)
        content.encode()  # as it will be sent
    except UnicodeEncodeError:
        names = " or ".join(f"${each}" for each in endpoint.variables)
        raise UnexpectedAnswerError(f"cannot be asked with the value of {names}, which is no UTF-8") from None
    except KeyError:
        missing = not_set(endpoint.variables, secrets.values)
        raise UnexpectedAnswerError(f"takes {missing}") from None
    for header, value in headers.items():
        if not (value.isascii() and value.isprintable()):
            told = endpoint.headers[next(each for each in endpoint.headers if each.title() == header)]
            raise UnexpectedAnswerError(
                f"the header {header} cannot hold what {told!r} stands for: a line break, or no ASCII"
            )
    # Clients differ in the encodings that they ask for unless they are told.
    described = {"Accept-Encoding": "identity", **({"Content-Type": kind} if kind else {})}
    return RequestSpec(
        path=path,
        method=endpoint.method,
        headers={**described, **headers, ENDPOINT_HEADER: name},
        content=content,
        says=name,
        holds=endpoint.expect.json,
    )


def check_endpoint(
    server: RunningServer, name: str, endpoint: OwnEndpoint, within_s: float, stop: Stop
) -> tuple[int, int, str | None]:
    """See whether an endpoint answers as expected, and note at the server what is asked of it under load.

    The status and the length of the first answer, and the SHA-256 of its body where the second one had the same. Raises
    NotAsExpectedError, InterruptedRunError.
    """
    try:
        asked = build_request(name, endpoint, server.secrets)
        first = _call_endpoint(server, asked, within_s, stop)
        _require_expected(first, asked, endpoint.expect, server.secrets)
        second = _call_endpoint(server, asked, within_s, stop)
        if second.status != first.status:
            told = quote_body(second.body, server.secrets.values)
            raise UnexpectedAnswerError(f"answered with status {first.status}, then with {second.status}: {told}")
    except UnexpectedAnswerError as error:
        told = f"{endpoint.method} {endpoint.path} {error}"
        if not server.runs_lifespans:
            told += "; this server runs no lifespan, so what the app opens in its own is missing"
        obituary = server.obituary(SEEN_DEAD_WITHIN_S)
        raise UnexpectedAnswerError(f"{told}; {obituary or quote_log_end(server.log)}", error.status) from None
    digest = hashlib.sha256(first.body).hexdigest() if second.body == first.body else None
    server.asked[name] = replace(asked, status=first.status, sha256=digest)
    return first.status, len(first.body), digest


def _require_expected(answered: WholeAnswer, asked: RequestSpec, expect: Expected, secrets: Secrets) -> None:
    expected = SUCCESS if expect.status is None else (expect.status,)
    told = quote_body(answered.body, secrets.values)
    if answered.status not in expected:
        wanted = "2xx" if expect.status is None else expect.status
        elsewhere = f" and the location {answered.location!r}" if answered.location else ""
        raise UnexpectedAnswerError(f"answered with status {answered.status}{elsewhere}, {wanted} was expected: {told}")
    if problem := find_wrong_content(answered.body, asked):
        raise UnexpectedAnswerError(f"did not answer as expected, {problem}: {told}")


def _encode_content(endpoint: OwnEndpoint, secrets: Secrets) -> tuple[str, str | None]:
    """The body of a request, and what kind it is where it has one that is known."""
    if endpoint.json is not None:
        return json.dumps(expanded_data(endpoint.json, secrets)), "application/json"
    if endpoint.form is not None:
        form = {name: secrets.expanded(value) for name, value in endpoint.form.items()}
        return urlencode(form), "application/x-www-form-urlencoded"
    return secrets.expanded(endpoint.body or ""), "text/plain; charset=utf-8" if endpoint.body else None


def _call_endpoint(server: RunningServer, asked: RequestSpec, within_s: float, stop: Stop) -> WholeAnswer:
    """One call, which is given up where the run is asked to stop, and where its answer has no end."""
    calling = ThreadPoolExecutor(1)
    deadline_s = time.monotonic() + within_s
    try:
        answered: Future[WholeAnswer] = calling.submit(_fetch_answer, server.port, asked, within_s)
        while not answered.done():
            if time.monotonic() > deadline_s:
                raise TimeoutError
            stop.pause()
        return answered.result()
    except TimeoutError:
        raise UnexpectedAnswerError(f"gave no whole answer within {within_s:g} s", Status.TIMEOUT) from None
    except (OSError, http.client.HTTPException) as error:
        raise UnexpectedAnswerError(f"gave no whole answer: {type(error).__name__}: {error}") from None
    finally:
        # Whatever it still waits for ends with the server.
        calling.shutdown(wait=False)


def _fetch_answer(port: int, asked: RequestSpec, within_s: float) -> WholeAnswer:
    connection = http.client.HTTPConnection(HOST, port, timeout=within_s)
    try:
        connection.request(asked.method, asked.path, encode_content(asked) or None, build_headers(asked))
        with connection.getresponse() as response:
            return WholeAnswer(response.status, response.read(), response.getheader("location"))
    finally:
        connection.close()
