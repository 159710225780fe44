"""Which answers count: every one is checked before any figure is made of it.

Rule 1: an answer counts when its status is the one asked for, its body is whole by its own framing, and it says that it
comes from the endpoint and the launch that were asked, for a request that came in after this one was sent.
Rule 2: an answer that came faster than its own work is not good luck but a mistake, and fails the cell.
Rule 3: an answer may say that its endpoint gave up waiting. That is no failure but a result, and counted apart.
Rule 4: what became of the others is counted apart: a refused connection is not a time-out is not a wrong body.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from harness.measure.client.job import Job, RequestSpec
from harness.model.json_subset import missing
from harness.model.outcomes import RequestOutcome
from harness.model.secrets import Secrets

# libuv keeps its clock in whole milliseconds and may end a sleep up to one too early.
TIMER_STEP_NS = 1_000_000

TIMES = ("entered_ns", "started_ns", "ended_ns")
NUMBERS = (*TIMES, "thread", "pid", "running")

SUCCESS = 200
UNAVAILABLE = 503

SHOWN = 200
REDACTED = 10_000


@dataclass(slots=True)
class Answer:
    """One request as the client saw it: an answer in full, or the outcome and description of why there is none.

    Nanoseconds on the monotonic clock: when it was due, when it was sent, when the whole answer was there. `asked` is
    the place of what was asked among the classes of the job; `announced_length` is None where only the end of the
    connection ended the body; `evidence` is what the header for it says, None without one.
    """

    due_ns: int = 0
    sent_ns: int = 0
    answered_ns: int = 0
    asked: int = 0
    status: int | None = None
    announced_length: int | None = None
    body: bytes = b""
    evidence: bytes | None = None
    outcome: RequestOutcome | None = None
    problem: str | None = None


class AnswerEvidence(NamedTuple):
    """What a good answer says of itself, and when it was sent and there; nanoseconds on the monotonic clock.

    `of_class` is the place of what was asked among the classes of the job.
    """

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
    """An answer that does not count; `outcome` is what it is counted as."""

    def __init__(self, outcome: RequestOutcome, problem: str) -> None:
        super().__init__(problem)
        self.outcome = outcome


class NotOpenedError(Exception):
    """Connections that could not be opened, or gave no answer, before there was anything to measure."""

    def __init__(self, asked: int, bad: Sequence[Answer]) -> None:
        first = bad[0].problem or f"status {bad[0].status}"
        super().__init__(f"{len(bad)} of {asked} connections could not be opened, the first: {first}")
        self.outcomes = dict(Counter[str](answer.outcome or name_bad_status(answer.status) for answer in bad))


@dataclass(slots=True)
class AnswerChecks:
    """Checks the answers of a job, and counts what became of them."""

    job: Job
    outcomes: Counter[str] = field(default_factory=Counter)
    first_problem: str | None = None

    def evidence(self, answer: Answer) -> AnswerEvidence | None:
        """What a good answer says of itself; None for one that is not good, which is counted as what it is."""
        try:
            return _check_answer(answer, self.job)
        except BadAnswerError as bad:
            self.outcomes[bad.outcome] += 1
            self.first_problem = self.first_problem or str(bad)
            return None

    @property
    def reason(self) -> str | None:
        """How many answers were not good, and why the first was not; None where all were."""
        asked = self.outcomes.total()
        bad = asked - self.outcomes[RequestOutcome.OK] - self.outcomes[RequestOutcome.GAVE_UP]
        return f"{bad} of {asked} requests failed, the first: {self.first_problem}" if bad else None


def _check_answer(answer: Answer, job: Job) -> AnswerEvidence:
    if answer.outcome is not None:
        raise BadAnswerError(answer.outcome, answer.problem or answer.outcome)
    asked = job.asked[answer.asked]
    if answer.status != asked.status and not _gave_up(answer):
        raise BadAnswerError(
            name_bad_status(answer.status), f"status {answer.status}: {quote_body(answer.body, job.secrets)}"
        )
    if answer.announced_length is None:
        raise BadAnswerError(RequestOutcome.NO_LENGTH, f"a body of {len(answer.body)} bytes was not announced")
    if answer.announced_length != len(answer.body):
        wrong = RequestOutcome.SHORT_BODY if len(answer.body) < answer.announced_length else RequestOutcome.LONG_BODY
        raise BadAnswerError(wrong, f"a body of {len(answer.body)} bytes was announced as {answer.announced_length}")
    if asked.body is not None:
        return _check_exact_body(answer, asked.body)
    if problem := find_wrong_content(answer.body, asked):
        raise BadAnswerError(RequestOutcome.WRONG_BODY, f"{problem}: {quote_body(answer.body, job.secrets)}")
    return _check_evidence(answer, asked, job.token)


def name_bad_status(status: int | None) -> RequestOutcome:
    """The outcome that a status other than the one asked for means."""
    by_class = {2: RequestOutcome.WRONG_STATUS, 3: RequestOutcome.REDIRECTED}
    return by_class.get((status or 0) // 100, RequestOutcome.NON_2XX)


def find_wrong_content(body: bytes, asked: RequestSpec) -> str | None:
    """What is wrong with the content of an answer, where it was said what it should be; None where nothing is."""
    if asked.sha256 is not None and hashlib.sha256(body).hexdigest() != asked.sha256:
        return f"the body, of {len(body)} bytes, is not that of the first answer"
    if asked.holds is None:
        return None
    try:
        return missing(asked.holds, json.loads(body))
    except ValueError:
        return "the body is not JSON"


def _check_exact_body(answer: Answer, body: str) -> AnswerEvidence:
    """The evidence of a target that bears no witness: its body is as it should be, and no more is known."""
    if answer.body.decode(errors="replace") != body:
        raise BadAnswerError(RequestOutcome.WRONG_BODY, f"the body is not what it should be: {quote_body(answer.body)}")
    sent_ns, answered_ns = answer.sent_ns, answer.answered_ns
    at_once = (answer.due_ns, sent_ns, sent_ns, sent_ns, sent_ns, answered_ns)
    return AnswerEvidence(*at_once, thread=0, pid=0, running=0, of_class=answer.asked)


def _check_evidence(answer: Answer, asked: RequestSpec, token: str) -> AnswerEvidence:
    said = _parse_evidence(answer)
    for name, wanted in (("style", asked.says), ("token", token)):
        if said.get(name) != wanted:
            raise BadAnswerError(RequestOutcome.WRONG_BODY, f"{name} {said.get(name)!r} answered, {wanted!r} was asked")
    if not answer.sent_ns <= said["entered_ns"] <= said["started_ns"] <= said["ended_ns"]:
        raise BadAnswerError(
            RequestOutcome.WRONG_BODY, f"the times of the answer make no sense: {quote_body(answer.body)}"
        )
    gave_up = RequestOutcome.GAVE_UP in said
    _require_work_time(said, answer, 0.0 if gave_up else asked.least_s)
    return AnswerEvidence(
        due_ns=answer.due_ns,
        sent_ns=answer.sent_ns,
        answered_ns=answer.answered_ns,
        **{name: said[name] for name in NUMBERS},
        of_class=answer.asked,
        gave_up=gave_up,
    )


def _gave_up(answer: Answer) -> bool:
    """Whether an answer says that its endpoint gave up, which it may say with the status for that."""
    if answer.status != UNAVAILABLE:
        return False
    try:
        return RequestOutcome.GAVE_UP in _parse_evidence(answer)
    except BadAnswerError:
        return False


def _parse_evidence(answer: Answer) -> dict[str, Any]:
    """The evidence of an answer: in the header for it, or else in its body, where that is a stream in its last line."""
    where, told = ("body", answer.body) if answer.evidence is None else ("header", answer.evidence)
    try:
        said = json.loads(told.rstrip(b"\n").rpartition(b"\n")[2])
    except ValueError:
        raise BadAnswerError(RequestOutcome.WRONG_BODY, f"the {where} is not JSON: {quote_body(told)}") from None
    if not isinstance(said, dict) or not all(isinstance(said.get(name), int) for name in NUMBERS):
        raise BadAnswerError(RequestOutcome.WRONG_BODY, f"the {where} carries no evidence: {quote_body(told)}")
    return said


def _require_work_time(said: dict[str, Any], answer: Answer, least_s: float) -> None:
    least_ns = least_s * 1e9 - TIMER_STEP_NS
    worked_ns = said["ended_ns"] - said["started_ns"]
    if worked_ns < least_ns or answer.answered_ns < said["ended_ns"]:
        problem = f"answered after {worked_ns / 1e6:.3f} ms of work where {least_s * 1e3:g} ms were asked for"
        raise BadAnswerError(RequestOutcome.TOO_FAST, problem)


def quote_body(body: bytes, secrets: Mapping[str, str] | None = None) -> str:
    """The beginning of a body, in quotes; the names of secrets stand for their values before anything is cut off."""
    text = body[:REDACTED].decode(errors="replace")
    return repr(Secrets(secrets or {}).redacted(text)[:SHOWN])
