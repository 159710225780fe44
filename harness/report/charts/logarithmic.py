"""Times on a logarithmic axis."""

import math
from collections.abc import Sequence
from typing import Any

_AROUND = 1.4
"""How many times further than the lowest and the highest value an axis goes."""

_DECADES = 1.5
"""From this many powers of ten on, they are enough ticks."""


def milliseconds_axis(times_ms: Sequence[float]) -> dict[str, Any]:
    """Return an axis that holds these times, with ticks at powers of ten, and in between if these are few."""
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
