"""Times on a logarithmic axis."""

import math
from collections.abc import Sequence
from typing import Any

_AROUND = 1.4
"""How many times less than the least, and more than the most, an axis shows."""

_DECADES = 1.5
"""From so many powers of ten on, these are marks enough."""


def milliseconds_axis(times_ms: Sequence[float]) -> dict[str, Any]:
    """An axis that holds these times, marked at powers of ten, and in between where these are few."""
    low, high = min(times_ms) / _AROUND, max(times_ms) * _AROUND
    within = (1,) if math.log10(high / low) > _DECADES else (1, 2, 5)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = [tick for power in powers for step in within if low <= (tick := float(f"{step}e{power}")) <= high]
    return {
        "type": "quantitative",
        "title": "ms, logarithmic",
        "scale": {"type": "log", "domain": [float(f"{end:.3g}") for end in (low, high)], "nice": False},
        "axis": {"values": ticks, "format": ",~g", "grid": True},
    }
