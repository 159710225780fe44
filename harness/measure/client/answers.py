"""Which answers count: every one is checked before any figure is made of it.

Rule 1: an answer counts when its status is 200, its body is as long as announced, and the body says that it comes from
the endpoint and the launch that were asked.
Rule 2: an answer that came faster than its own work is not good luck but a mistake, and fails the cell.
Rule 3: what became of the others is counted apart: a refused connection is not a time-out is not a wrong body.
"""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from harness.measure.client.job import Job

# libuv keeps its clock in whole milliseconds and may end a sleep up to one too early.
TIMER_STEP_NS = 1_000_000

TIMES = ("entered_ns", "started_ns", "ended_ns")
NUMBERS = (*TIMES, "thread", "pid", "running")


@dataclass(frozen=True, slots=True)
class Answer:
    """One request as the client saw it: an answer in full, or the outcome and description of why there is none."""

    status: int | None = None
    announced_length: str | None = None
    body: bytes = b""
    answered_ns: int = 0
    outcome: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """A burst after checking: what became of its requests, the first problem, the evidence of the good answers."""

    outcomes: dict[str, int]
    reason: str | None
    evidence: list[dict[str, int]]


class NotGoodError(Exception):
    """An answer that does not count; `outcome` is the class that it is counted under."""

    def __init__(self, outcome: str, problem: str) -> None:
        super().__init__(problem)
        self.outcome = outcome


def check(answers: list[Answer], job: Job, start_ns: int) -> Checked:
    """Check every answer of a burst that began at `start_ns`."""
    outcomes: Counter[str] = Counter()
    evidence = []
    first_problem: str | None = None
    for answer in answers:
        try:
            evidence.append(_evidence(answer, job, start_ns))
            outcomes["ok"] += 1
        except NotGoodError as bad:
            outcomes[bad.outcome] += 1
            first_problem = first_problem or str(bad)
    bad_count = len(answers) - outcomes["ok"]
    reason = f"{bad_count} of {len(answers)} requests failed, the first: {first_problem}" if bad_count else None
    return Checked(dict(sorted(outcomes.items())), reason, evidence)


def _evidence(answer: Answer, job: Job, start_ns: int) -> dict[str, int]:
    """What a good answer says of itself, and when it was there."""
    if answer.outcome is not None:
        raise NotGoodError(answer.outcome, answer.problem or answer.outcome)
    if answer.status != 200:  # noqa: PLR2004 - the one status that an endpoint of ours answers with
        raise NotGoodError("non_2xx", f"status {answer.status}: {_shown(answer.body)}")
    if answer.announced_length != str(len(answer.body)):
        raise NotGoodError(
            "wrong_body", f"a body of {len(answer.body)} bytes was announced as {answer.announced_length}"
        )
    said = _said(answer.body)
    for name, asked in (("style", job.style), ("token", job.token)):
        if said.get(name) != asked:
            raise NotGoodError("wrong_body", f"{name} {said.get(name)!r} answered, {asked!r} was asked")
    if not start_ns <= said["entered_ns"] <= said["started_ns"] <= said["ended_ns"]:
        raise NotGoodError("wrong_body", f"the times of the answer make no sense: {_shown(answer.body)}")
    _not_faster_than_its_work(said, answer, job)
    return {
        **{name: said[name] for name in NUMBERS},
        "answered_ns": answer.answered_ns,
    }


def _said(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        raise NotGoodError("wrong_body", f"the body is not JSON: {_shown(body)}") from None
    if not isinstance(said, dict) or not all(isinstance(said.get(name), int) for name in NUMBERS):
        raise NotGoodError("wrong_body", f"the body carries no evidence: {_shown(body)}")
    return said


def _not_faster_than_its_work(said: dict[str, Any], answer: Answer, job: Job) -> None:
    least_ns = job.delay_s * 1e9 - TIMER_STEP_NS
    worked_ns = said["ended_ns"] - said["started_ns"]
    if worked_ns < least_ns or answer.answered_ns < said["ended_ns"]:
        problem = f"answered after {worked_ns / 1e6:.3f} ms of work where {job.delay_s * 1e3:g} ms were asked for"
        raise NotGoodError("too_fast", problem)


def _shown(body: bytes) -> str:
    return repr(body[:200].decode(errors="replace"))
