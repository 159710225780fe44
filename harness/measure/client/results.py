"""From the answers of a job to its result: every one is checked, and what the good ones say is added up."""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator

from harness.measure.client.answers import Answer, AnswerChecks, AnswerEvidence
from harness.measure.client.connection import Connection
from harness.measure.client.http import KnownHeads
from harness.measure.client.job import Job, JobResult, WindowPart
from harness.measure.client.timing import NS, US_NS, Window
from harness.model.outcomes import RequestOutcome

SIGNIFICANT = 3
TIMES = ("sent_ns", "entered_ns", "started_ns", "ended_ns", "answered_ns")
COLUMNS = (*TIMES, "thread", "pid", "running", "of_class", "gave_up")


def summarize_burst(job: Job, start_ns: int, answers: Iterable[Answer]) -> JobResult:
    """The result of a burst: its good answers in columns."""
    checks = AnswerChecks(job)
    rows = [evidence for answer in answers if (evidence := checks.evidence(answer))]
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


def summarize_window(job: Job, window: Window, answers: Iterable[Answer], *, open_loop: bool) -> JobResult:
    """The result of a steady executor: what was measured in its window.

    Every answer is checked, those of the warm-up too. A closed loop measures the answers that came in the window, an
    open loop the requests that were due in it, whenever their answers came: leaving out those that came after the end
    would leave out the slowest.
    """
    checks = AnswerChecks(job)
    sums = WindowSums(len(job.asked))
    for answer in answers:
        evidence = checks.evidence(answer)
        if evidence is None:
            continue
        sums.answered_in_all += 1
        if window.start_ns <= answer.answered_ns < window.end_ns:
            sums.answered += 1
        if window.start_ns <= (answer.due_ns if open_loop else answer.answered_ns) < window.end_ns:
            checks.outcomes[RequestOutcome.GAVE_UP if evidence.gave_up else RequestOutcome.OK] += 1
            sums.add(evidence)
    is_empty = not sums.answered or not checks.outcomes[RequestOutcome.OK] + checks.outcomes[RequestOutcome.GAVE_UP]
    reason = checks.reason or ("no answer came within the window" if is_empty else None)
    return JobResult(
        outcomes=_drop_zeros(checks.outcomes),
        reason=reason,
        duration_s=None if reason else window.duration_s,
        answered=sums.answered_in_all,
        steady=sums.part(),
    )


class WindowSums:
    """What the good answers of a window add up to."""

    def __init__(self, classes: int) -> None:
        self.answered_in_all = 0
        self.answered = 0
        self._latency_sum_us = 0
        self._latency: Counter[int] = Counter()
        self._wait: Counter[int] = Counter()
        self._work: Counter[int] = Counter()
        self._wire: Counter[int] = Counter()
        self._by_class: list[Counter[int]] = [Counter() for _ in range(classes)]
        self._per_process: Counter[int] = Counter()
        self._peak_running = 0

    def add(self, said: AnswerEvidence) -> None:
        """Take in one answer."""
        latency_us = (said.answered_ns - said.due_ns) // US_NS
        self._latency_sum_us += latency_us
        self._latency[latency_us] += 1
        self._wait[(said.started_ns - said.entered_ns) // US_NS] += 1
        self._work[(said.ended_ns - said.started_ns) // US_NS] += 1
        self._wire[latency_us - (said.ended_ns - said.entered_ns) // US_NS] += 1
        self._by_class[said.of_class][latency_us] += 1
        self._per_process[said.pid] += 1
        self._peak_running = max(self._peak_running, said.running)

    def part(self) -> WindowPart:
        """All of it, in the words of the conversation."""
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
    """Times and how often each was seen, ascending, with three significant digits: as much as any report prints."""
    counts: Counter[int] = Counter()
    for us, count in times_us.items():
        counts[round_significant(us)] += count
    return sorted(counts.items())


def round_significant(us: int) -> int:
    """A time to three significant digits."""
    scale: int = 10 ** max(0, len(str(abs(us))) - SIGNIFICANT)
    return round(us / scale) * scale


def _drop_zeros(outcomes: Counter[str]) -> dict[str, int]:
    return {outcome: count for outcome, count in sorted(outcomes.items()) if count}


MORE_ROOM = 100_000


class AnswerLog:
    """The answers of one job, in the order in which they came, in room for so many; more is made where that is full."""

    def __init__(self, room: int) -> None:
        self.count = 0
        self._room = room
        self._due_ns = array("q", bytes(8 * room))
        self._sent_ns = array("q", bytes(8 * room))
        self._answered_ns = array("q", bytes(8 * room))
        self._asked = array("B", bytes(room))
        self._answers: list[bytes | Answer] = [b""] * room

    def add(self, connection: Connection, answer: bytes | Answer, answered_ns: int) -> None:
        """Note the answer to the request that a connection carried."""
        place = self.count
        if place == self._room:
            self._make_room()
        self._due_ns[place] = connection.due_ns
        self._sent_ns[place] = connection.sent_ns
        self._answered_ns[place] = answered_ns
        self._asked[place] = connection.asked
        self._answers[place] = answer
        connection.last = place
        self.count = place + 1

    def _make_room(self) -> None:
        for column in (self._due_ns, self._sent_ns, self._answered_ns):
            column.frombytes(bytes(8 * MORE_ROOM))
        self._asked.frombytes(bytes(MORE_ROOM))
        self._answers += [b""] * MORE_ROOM
        self._room += MORE_ROOM

    def spoil(self, connection: Connection) -> None:
        """Put what came of a connection afterwards in place of its last answer."""
        if connection.spoilt is not None and connection.last >= 0:
            self._answers[connection.last] = connection.spoilt

    def answers(self, heads: KnownHeads) -> Iterator[Answer]:
        """All answers, ready to be checked; each is given up as it is taken."""
        for place in range(self.count):
            raw = self._answers[place]
            answer = heads.answer(raw) if isinstance(raw, bytes) else raw
            self._answers[place] = b""
            answer.due_ns = self._due_ns[place]
            answer.sent_ns = self._sent_ns[place]
            answer.answered_ns = self._answered_ns[place]
            answer.asked = self._asked[place]
            yield answer
