"""From the answers of a job to its result: logged during the load, checked and added up after it."""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator

from harness.measure.client.answers import Answer, AnswerChecks, AnswerEvidence
from harness.measure.client.connection import Connection
from harness.measure.client.http import KnownHeads
from harness.measure.client.job import Job, JobResult, WindowPart
from harness.measure.client.timing import NS, US_NS, Span
from harness.model.outcomes import RequestOutcome

SIGNIFICANT_DIGITS = 3
TIMES = ("sent_ns", "entered_ns", "started_ns", "ended_ns", "answered_ns")
COLUMNS = (*TIMES, "thread", "pid", "running", "of_class", "gave_up")

MORE_ROOM = 100_000


class AnswerLog:
    """The answers of one job in the order of arrival: a few stores each, into memory reserved beforehand.

    More is reserved when it is full.
    """

    def __init__(self, room: int) -> None:
        self.count = 0
        self._room = room
        self._due_ns = array("q", bytes(8 * room))
        self._sent_ns = array("q", bytes(8 * room))
        self._answered_ns = array("q", bytes(8 * room))
        self._of_class = array("B", bytes(room))
        self._answers: list[bytes | Answer] = [b""] * room

    def add(self, connection: Connection, answer: bytes | Answer, answered_ns: int) -> None:
        """Log the answer to the request that a connection carried."""
        index = self.count
        if index == self._room:
            self._make_room()
        self._due_ns[index] = connection.due_ns
        self._sent_ns[index] = connection.sent_ns
        self._answered_ns[index] = answered_ns
        self._of_class[index] = connection.of_class
        self._answers[index] = answer
        connection.last_index = index
        self.count = index + 1

    def _make_room(self) -> None:
        for column in (self._due_ns, self._sent_ns, self._answered_ns):
            column.frombytes(bytes(8 * MORE_ROOM))
        self._of_class.frombytes(bytes(MORE_ROOM))
        self._answers += [b""] * MORE_ROOM
        self._room += MORE_ROOM

    def replace_if_stray(self, connection: Connection) -> None:
        """Replace the last answer of a connection if more bytes followed it."""
        if connection.stray_answer is not None and connection.last_index >= 0:
            self._answers[connection.last_index] = connection.stray_answer

    def take_answers(self, heads: KnownHeads) -> Iterator[Answer]:
        """Yield all answers, ready to be checked; each one is freed as it is taken."""
        for index in range(self.count):
            raw = self._answers[index]
            answer = heads.build_answer(raw) if isinstance(raw, bytes) else raw
            self._answers[index] = b""
            answer.due_ns = self._due_ns[index]
            answer.sent_ns = self._sent_ns[index]
            answer.answered_ns = self._answered_ns[index]
            answer.of_class = self._of_class[index]
            yield answer


def summarize_burst(job: Job, start_ns: int, answers: Iterable[Answer]) -> JobResult:
    """Return the result of a burst, with its good answers in columns."""
    checks = AnswerChecks(job)
    rows = [evidence for answer in answers if (evidence := checks.check(answer))]
    gave_up = sum(row.gave_up for row in rows)
    checks.outcomes.update({RequestOutcome.OK: len(rows) - gave_up, RequestOutcome.GAVE_UP: gave_up})
    good = len(rows) == job.concurrency
    return JobResult(
        outcomes=_drop_zeros(checks.outcomes),
        reason=checks.reason,
        duration_s=(max(row.answered_ns for row in rows) - start_ns) / NS if good else None,
        answered=len(rows),
        columns={name: [int(getattr(row, name)) for row in rows] for name in COLUMNS},
    )


def summarize_window(job: Job, window: Span, answers: Iterable[Answer], *, is_open_loop: bool) -> JobResult:
    """Return what was measured in a window.

    Every answer is checked, those of the warm-up too. A closed loop measures the answers that arrived in the window. An
    open loop measures the requests that were due in it, whenever they were answered: dropping those answered after
    the end would drop the slowest.
    """
    checks = AnswerChecks(job)
    sums = _WindowSums(len(job.requests))
    for answer in answers:
        evidence = checks.check(answer)
        if evidence is None:
            continue
        sums.answered_in_all += 1
        if window.start_ns <= answer.answered_ns < window.end_ns:
            sums.answered += 1
        if window.start_ns <= (answer.due_ns if is_open_loop else answer.answered_ns) < window.end_ns:
            checks.outcomes[RequestOutcome.GAVE_UP if evidence.gave_up else RequestOutcome.OK] += 1
            sums.add(evidence)
    is_empty = not sums.answered or not checks.outcomes[RequestOutcome.OK] + checks.outcomes[RequestOutcome.GAVE_UP]
    reason = checks.reason or ("no answer arrived within the window" if is_empty else None)
    return JobResult(
        outcomes=_drop_zeros(checks.outcomes),
        reason=reason,
        duration_s=None if reason else window.duration_s,
        answered=sums.answered_in_all,
        steady=sums.make_part(),
    )


class _WindowSums:
    """The sums over the good answers of a window."""

    def __init__(self, classes: int) -> None:
        self.answered_in_all = 0
        self.answered = 0
        self._latency_sum_us = 0
        self._latency, self._wait, self._work, self._wire = (Counter[int]() for _ in range(4))
        self._by_class: list[Counter[int]] = [Counter() for _ in range(classes)]
        self._per_process: Counter[int] = Counter()
        self._peak_running = 0

    def add(self, evidence: AnswerEvidence) -> None:
        latency_us = (evidence.answered_ns - evidence.due_ns) // US_NS
        self._latency_sum_us += latency_us
        self._latency[latency_us] += 1
        self._wait[(evidence.started_ns - evidence.entered_ns) // US_NS] += 1
        self._work[(evidence.ended_ns - evidence.started_ns) // US_NS] += 1
        self._wire[latency_us - (evidence.ended_ns - evidence.entered_ns) // US_NS] += 1
        self._by_class[evidence.of_class][latency_us] += 1
        self._per_process[evidence.pid] += 1
        self._peak_running = max(self._peak_running, evidence.running)

    def make_part(self) -> WindowPart:
        return WindowPart(
            answered=self.answered,
            latency_sum_us=self._latency_sum_us,
            latency=round_times(self._latency),
            wait=round_times(self._wait),
            work=round_times(self._work),
            wire=round_times(self._wire),
            lag=[],
            late=0,
            dropped=0,
            per_process=sorted(self._per_process.items()),
            peak_running=self._peak_running,
            by_class=[round_times(latencies) for latencies in self._by_class],
        )


def round_times(times_us: Counter[int]) -> list[tuple[int, int]]:
    """Return times and their counts, ascending, rounded to the three significant digits that a report prints."""
    counts: Counter[int] = Counter()
    for us, count in times_us.items():
        scale: int = 10 ** max(0, len(str(abs(us))) - SIGNIFICANT_DIGITS)
        counts[round(us / scale) * scale] += count
    return sorted(counts.items())


def _drop_zeros(outcomes: Counter[str]) -> dict[str, int]:
    return {outcome: count for outcome, count in sorted(outcomes.items()) if count}
