"""The endpoints of the user's own app: what is sent to them, and whether they answer as expected before any load.

Rule 1: each is asked twice on every launch. The first answer is held against what the matrix expects of it, the second
against the first; where both have the same body, so must every answer under load.
Rule 2: one that does not answer as expected costs its own cells, and no other.
"""

import hashlib
import http.client
import json
import os
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from harness.measure.client.answers import shown, wrong_content
from harness.measure.client.job import Asked
from harness.measure.server import RunningServer
from harness.measure.stop import Stop
from harness.model.apps import OwnApp, OwnEndpoint
from harness.model.plan import Plan
from harness.model.secrets import Secrets, expanded_data
from scenarios.inside.launched import ENDPOINT_HEADER
from servers.adapter import HOST

SUCCESS = range(200, 300)
LEFT_AS_IT_IS = "/?:@!$&'()*+,;=-._~%[]|"
"""What a path and its query may hold beside letters and digits; all else is percent-encoded."""


class NotAskedError(Exception):
    """A request that cannot be made."""


class NotAsExpectedError(Exception):
    """An answer that is not what was expected; its text says what it was."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer, whole."""

    status: int
    body: bytes


def secrets_of(plan: Plan) -> Secrets:
    """The variables that requests take, with their values; those that are not set are left out."""
    names = [name for app in plan.apps.values() for name in app.variables]
    return Secrets({name: os.environ[name] for name in names if name in os.environ})


def request_of(name: str, endpoint: OwnEndpoint, secrets: Secrets) -> Asked:
    """What is sent to an endpoint, and what a good answer to it holds, its status left open.

    Raises NotAskedError where a variable is not set, or would break the request.
    """
    try:
        headers = {header.title(): secrets.expanded(value) for header, value in endpoint.headers.items()}
        content, kind = _content(endpoint, secrets)
        path = quote(secrets.expanded(endpoint.path), safe=LEFT_AS_IT_IS)
    except KeyError as missing:
        variable = missing.args[0]
        raise NotAskedError(f"${variable} is not set; export {variable}=... and run again") from None
    for header, value in headers.items():
        if not (value.isascii() and value.isprintable()):
            told = endpoint.headers[next(each for each in endpoint.headers if each.title() == header)]
            raise NotAskedError(f"the header {header} cannot hold what {told!r} stands for: a line break, or no ASCII")
    described = {"Content-Type": kind} if kind else {}
    return Asked(
        path=path,
        method=endpoint.method,
        headers={**described, **headers, ENDPOINT_HEADER: name},
        content=content,
        says=name,
        holds=endpoint.expect.json,
    )


def checked(server: RunningServer, asked: Asked, endpoint: OwnEndpoint, within_s: float, stop: Stop) -> Asked:
    """What is asked under load, with what every answer has to be by what two calls were answered.

    Raises NotAsExpectedError, InterruptedRunError.
    """
    first = _call(server, asked, within_s, stop)
    expected = SUCCESS if endpoint.expect.status is None else [endpoint.expect.status]
    if first.status not in expected:
        wanted = "2xx" if endpoint.expect.status is None else endpoint.expect.status
        raise NotAsExpectedError(f"answered with status {first.status}, {wanted} was expected: {shown(first.body)}")
    if problem := wrong_content(first.body, asked):
        raise NotAsExpectedError(f"{problem}: {shown(first.body)}")
    second = _call(server, asked, within_s, stop)
    if second.status != first.status:
        raise NotAsExpectedError(
            f"answered a second call with status {second.status}, after {first.status}: {shown(second.body)}"
        )
    digest = hashlib.sha256(first.body).hexdigest() if second.body == first.body else None
    return replace(asked, status=first.status, sha256=digest)
