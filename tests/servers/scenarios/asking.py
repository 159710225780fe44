"""What an endpoint answers to a plain client, and what the evidence of that answer is."""

import http.client
import json
from dataclasses import dataclass
from typing import Any

from harness.measure.client.http import build_headers, encode_content
from harness.measure.client.job import RequestSpec
from harness.measure.server import RunningServer
from scenarios.inside.launched import EVIDENCE_HEADER
from servers.adapter import HOST

ANSWERED_WITHIN_S = 60


@dataclass(frozen=True, slots=True)
class Answered:
    """A whole answer."""

    status: int
    evidence: dict[str, Any]
    body: bytes


def answer(server: RunningServer, asked: RequestSpec) -> Answered:
    """What comes of one request."""
    connection = http.client.HTTPConnection(HOST, server.port, timeout=ANSWERED_WITHIN_S)
    connection.request(asked.method, asked.path, encode_content(asked) or None, build_headers(asked))
    response = connection.getresponse()
    body = response.read()
    connection.close()
    told = response.headers[EVIDENCE_HEADER] or body.strip().splitlines()[-1]
    return Answered(response.status, json.loads(told), body)
