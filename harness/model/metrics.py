"""The metrics that cells are compared by, one record each. In all of them, less is better.

To add a metric, add a record here, and how it is read to `READERS` in analysis/metrics.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure that a cell has in every block.

    `label` names the figure in tables and sentences: "1.9 times the CPU per request". `less` and `more` are the words
    for a verdict. `is_of_launch` says that all cells of a launch share the figure.
    """

    name: str
    label: str
    description: str
    unit: str
    less: str
    more: str
    is_of_launch: bool = False


TIME = Metric(
    "time",
    label="time",
    description="the time until the last answer of a burst, per answer of a closed loop, or the mean latency of an "
    "open loop",
    unit="seconds",
    less="faster",
    more="slower",
)
CPU = Metric(
    "cpu",
    label="CPU per request",
    description="the CPU time that the server spent per request, all its processes together",
    unit="seconds",
    less="less",
    more="more",
)
MEMORY = Metric(
    "memory",
    label="memory",
    description="the most memory of all processes of the server, pages that they share counted once",
    unit="MB",
    less="less",
    more="more",
)
P99 = Metric(
    "p99",
    label="p99 latency",
    description="the latency at p99, which takes 299 requests in a block",
    unit="milliseconds",
    less="faster",
    more="slower",
)
READY = Metric(
    "ready",
    label="time to ready",
    description="the time until the server that was started answered",
    unit="seconds",
    less="faster",
    more="slower",
    is_of_launch=True,
)

METRICS: Mapping[str, Metric] = {metric.name: metric for metric in (TIME, CPU, MEMORY, P99, READY)}
"""Every metric by its name in a matrix."""
