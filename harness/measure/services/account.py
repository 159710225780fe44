"""What the upstream has seen: counted where it happens, and told as the journal has it."""

import time
from collections import Counter
from dataclasses import dataclass, field
from time import monotonic_ns
from typing import Any

from harness.measure.client.meter import NS
from harness.measure.client.results import US_NS, rounded


@dataclass(slots=True)
class Account:
    """What has happened since it was opened: how many requests were answered over how many connections, the most that
    were under way at once, and how often an answer was late by how many microseconds.

    From the first request to the last answer there passed `span_ns`, of which this process computed for `cpu_ns`.
    """

    answered: int = 0
    connections: int = 0
    peak: int = 0
    late_us: Counter[int] = field(default_factory=Counter)
    began_ns: int | None = None
    began_cpu_ns: int = 0
    span_ns: int = 0
    cpu_ns: int = 0

    def came(self, under_way: int) -> None:
        """A request has come, and so many are under way now."""
        self.peak = max(self.peak, under_way)
        if self.began_ns is None:
            self.began_ns, self.began_cpu_ns = monotonic_ns(), time.process_time_ns()

    def went(self, late_ns: int) -> None:
        """An answer has gone, so late."""
        self.answered += 1
        self.late_us[late_ns // US_NS] += 1
        if self.began_ns is not None:
            self.span_ns = monotonic_ns() - self.began_ns
            self.cpu_ns = time.process_time_ns() - self.began_cpu_ns

    def said(self) -> dict[str, Any]:
        """All of it, as the harness is told."""
        return {
            "answered": self.answered,
            "connections": self.connections,
            "peak": self.peak,
            "late": rounded(self.late_us),
            "span_s": self.span_ns / NS,
            "cpu_s": self.cpu_ns / NS,
        }
