"""Which answers count: each one is checked before any figure is made from it.

Rule 1: an answer counts if its status is the expected one, its body is complete by its own framing, and its evidence
names the endpoint and the launch that were asked, for a request that arrived after this one was sent.
Rule 2: an answer that arrived sooner than its own work allows is a bug, and fails the cell.
Rule 3: an endpoint may answer that it gave up waiting. That is a result, not a failure, and is counted separately.
Rule 4: bad answers are counted by kind: a refused connection, a timeout and a wrong body are three things.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from harness.measure.client.job import Job, RequestSpec
from harness.model.apps import find_missing
from harness.model.outcomes import RequestOutcome
from harness.model.secrets import Secrets

# libuv keeps its clock in whole milliseconds and may end a sleep up to one too early.
TIMER_STEP_NS = 1_000_000

TIMES = ("entered_ns", "started_ns", "ended_ns")
NUMBERS = (*TIMES, "thread", "pid", "running")

SUCCESS = 200
UNAVAILABLE = 503
QUOTED_CHARACTERS = 200
REDACTED_BYTES = 10_000


@dataclass(slots=True)
class Answer:
    """One request as the client saw it: a whole answer, or the outcome and the problem if there is none.

    Times are nanoseconds on the monotonic clock: when the request was due, when it was sent, when the whole answer had
    arrived. `of_class` is an index into the requests of the job. `announced_length` is None if only the end of the
    connection ended the body. `evidence` is the value of its header, None without one.
    """

    due_ns: int = 0
    sent_ns: int = 0
    answered_ns: int = 0
    of_class: int = 0
    status: int | None = None
    announced_length: int | None = None
    body: bytes = b""
    evidence: bytes | None = None
    outcome: RequestOutcome | None = None
    problem: str | None = None


class AnswerEvidence(NamedTuple):
    """The evidence of a good answer, with the times of the client; nanoseconds on the monotonic clock."""

    due_ns: int
    sent_ns: int
    entered_ns: int
    started_ns: int
    ended_ns: int
    answered_ns: int
    thread: int
    pid: int
    running: int
    of_class: int
    gave_up: bool = False


class BadAnswerError(Exception):
    """An answer that does not count; it is counted under `outcome`."""

    def __init__(self, outcome: RequestOutcome, problem: str) -> None:
        super().__init__(problem)
        self.outcome = outcome


class NotOpenedError(Exception):
    """Connections that could not be opened, or got no answer, before the start."""

    def __init__(self, wanted: int, bad: Sequence[Answer]) -> None:
        first = bad[0].problem or f"status {bad[0].status}"
        super().__init__(f"{len(bad)} of {wanted} connections could not be opened, the first: {first}")
        self.outcomes = dict(Counter[str](answer.outcome or name_bad_status(answer.status) for answer in bad))


@dataclass(slots=True)
class AnswerChecks:
    """Checks the answers of a job, and counts the bad ones by outcome."""

    job: Job
    outcomes: Counter[str] = field(default_factory=Counter)
    first_problem: str | None = None

    def check(self, answer: Answer) -> AnswerEvidence | None:
        """Return the evidence of a good answer; count a bad one and return None."""
        try:
            return _check_answer(answer, self.job)
        except BadAnswerError as bad:
            self.outcomes[bad.outcome] += 1
            self.first_problem = self.first_problem or str(bad)
            return None

    @property
    def reason(self) -> str | None:
        """How many answers were bad, and what was wrong with the first; None if all were good."""
        total = self.outcomes.total()
        bad = total - self.outcomes[RequestOutcome.OK] - self.outcomes[RequestOutcome.GAVE_UP]
        return f"{bad} of {total} requests failed, the first: {self.first_problem}" if bad else None


def _check_answer(answer: Answer, job: Job) -> AnswerEvidence:
    if answer.outcome is not None:
        raise BadAnswerError(answer.outcome, answer.problem or answer.outcome)
    spec = job.requests[answer.of_class]
    if answer.status != spec.expected_status and not _gave_up(answer):
        quoted = quote_body(answer.body, job.secrets)
        raise BadAnswerError(name_bad_status(answer.status), f"status {answer.status}: {quoted}")
    if answer.announced_length is None:
        raise BadAnswerError(RequestOutcome.NO_LENGTH, f"a body of {len(answer.body)} bytes was not announced")
    if answer.announced_length != len(answer.body):
        outcome = RequestOutcome.SHORT_BODY if len(answer.body) < answer.announced_length else RequestOutcome.LONG_BODY
        raise BadAnswerError(outcome, f"a body of {len(answer.body)} bytes was announced as {answer.announced_length}")
    if spec.expected_body is not None:
        return _check_exact_body(answer, spec.expected_body)
    if problem := find_wrong_content(answer.body, spec):
        raise BadAnswerError(RequestOutcome.WRONG_BODY, f"{problem}: {quote_body(answer.body, job.secrets)}")
    return _check_evidence(answer, spec, job.token)


def name_bad_status(status: int | None) -> RequestOutcome:
    """Return the outcome of an answer whose status is not the expected one."""
    by_class = {2: RequestOutcome.WRONG_STATUS, 3: RequestOutcome.REDIRECTED}
    return by_class.get((status or 0) // 100, RequestOutcome.NON_2XX)


def find_wrong_content(body: bytes, spec: RequestSpec) -> str | None:
    """Return what is wrong with a body that has an expected digest or JSON; None if nothing is."""
    if spec.expected_sha256 is not None and hashlib.sha256(body).hexdigest() != spec.expected_sha256:
        return f"the body ({len(body)} bytes) differs from that of the first answer"
    if spec.expected_json is None:
        return None
    try:
        return find_missing(spec.expected_json, json.loads(body))
    except ValueError:
        return "the body is not JSON"


def _check_exact_body(answer: Answer, body: str) -> AnswerEvidence:
    """Return the evidence of a server that gives none of its own: only the client's times are known."""
    if answer.body.decode(errors="replace") != body:
        raise BadAnswerError(RequestOutcome.WRONG_BODY, f"the body is not the expected one: {quote_body(answer.body)}")
    sent_ns, answered_ns = answer.sent_ns, answer.answered_ns
    times = (answer.due_ns, sent_ns, sent_ns, sent_ns, sent_ns, answered_ns)
    return AnswerEvidence(*times, thread=0, pid=0, running=0, of_class=answer.of_class)


def _check_evidence(answer: Answer, spec: RequestSpec, token: str) -> AnswerEvidence:
    evidence = _parse_evidence(answer)
    for name, expected in (("style", spec.expected_style), ("token", token)):
        if evidence.get(name) != expected:
            problem = f"{name} {evidence.get(name)!r} answered, expected {expected!r}"
            raise BadAnswerError(RequestOutcome.WRONG_BODY, problem)
    if not answer.sent_ns <= evidence["entered_ns"] <= evidence["started_ns"] <= evidence["ended_ns"]:
        problem = f"the times of the answer are out of order: {quote_body(answer.body)}"
        raise BadAnswerError(RequestOutcome.WRONG_BODY, problem)
    gave_up = RequestOutcome.GAVE_UP in evidence
    _require_work_time(evidence, answer, 0.0 if gave_up else spec.min_work_s)
    return AnswerEvidence(
        due_ns=answer.due_ns,
        sent_ns=answer.sent_ns,
        answered_ns=answer.answered_ns,
        **{name: evidence[name] for name in NUMBERS},
        of_class=answer.of_class,
        gave_up=gave_up,
    )


def _gave_up(answer: Answer) -> bool:
    """Return whether an answer with status 503 says that its endpoint gave up."""
    if answer.status != UNAVAILABLE:
        return False
    try:
        return RequestOutcome.GAVE_UP in _parse_evidence(answer)
    except BadAnswerError:
        return False


def _parse_evidence(answer: Answer) -> dict[str, Any]:
    """Return the evidence in the header of an answer, or else in its body (in the last line of a stream)."""
    where, text = ("body", answer.body) if answer.evidence is None else ("header", answer.evidence)
    try:
        evidence = json.loads(text.rstrip(b"\n").rpartition(b"\n")[2])
    except ValueError:
        raise BadAnswerError(RequestOutcome.WRONG_BODY, f"the {where} is not JSON: {quote_body(text)}") from None
    if not isinstance(evidence, dict) or not all(isinstance(evidence.get(name), int) for name in NUMBERS):
        raise BadAnswerError(RequestOutcome.WRONG_BODY, f"the {where} carries no evidence: {quote_body(text)}")
    return evidence


def _require_work_time(evidence: dict[str, Any], answer: Answer, min_work_s: float) -> None:
    worked_ns = evidence["ended_ns"] - evidence["started_ns"]
    if worked_ns < min_work_s * 1e9 - TIMER_STEP_NS or answer.answered_ns < evidence["ended_ns"]:
        problem = f"answered after {worked_ns / 1e6:.3f} ms of work, expected at least {min_work_s * 1e3:g} ms"
        raise BadAnswerError(RequestOutcome.TOO_FAST, problem)


def quote_body(body: bytes, secrets: Mapping[str, str] | None = None) -> str:
    """Return the beginning of a body in quotes; secrets are redacted before anything is cut off."""
    text = body[:REDACTED_BYTES].decode(errors="replace")
    return repr(Secrets(secrets or {}).redacted(text)[:QUOTED_CHARACTERS])
