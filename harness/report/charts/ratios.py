"""Ratios on a logarithmic axis, and the practical difference as a band on it."""

import math
from collections.abc import Iterable
from typing import Any

from harness.analysis.findings import Findings

_LEAST_SPAN = 3
"""An axis shows at least this many practical differences to each side."""

_TICKS = (1, 2, 0.5, 5, 0.2, 10, 0.1, 100, 0.01, 1.5, 0.7, 1.2, 0.8, 1.1, 0.9, 3, 1.05, 0.95, 1.02, 0.98, 1.01, 0.99)
"""Possible ticks of an axis, the most useful first."""

_LEAST_GAP = 0.08
"""The least distance of two ticks as a share of the axis, so that their labels do not touch."""


def ratio_axis(ratios: Iterable[float | None], title: str, findings: Findings) -> dict[str, Any]:
    """Return a logarithmic axis that holds these ratios and, on both sides of 1, some practical differences."""
    logs = [math.log(ratio) for ratio in ratios if ratio]
    least = _LEAST_SPAN * math.log1p(findings.header.plan.practical_difference)
    low, high = 1.08 * min(-least, *logs), 1.08 * max(least, *logs)
    marks: list[float] = []
    for tick in _TICKS:
        gaps = [abs(math.log(tick / other)) for other in marks]
        if low <= math.log(tick) <= high and all(gap >= _LEAST_GAP * (high - low) for gap in gaps):
            marks.append(tick)
    return {
        "type": "quantitative",
        "title": title,
        "scale": {"type": "log", "domain": [float(f"{math.exp(end):.3g}") for end in (low, high)], "nice": False},
        "axis": {"values": sorted(marks), "format": "~g"},
    }


def practical_difference(x: dict[str, Any], findings: Findings) -> list[dict[str, Any]]:
    """Return the band of the practical difference and the line at 1, to draw under ratios."""
    beyond = 1 + findings.header.plan.practical_difference
    band = {"x": {"datum": float(f"{1 / beyond:.4g}"), **x}, "x2": {"datum": float(f"{beyond:.4g}")}}
    return [
        {"mark": {"type": "rect", "style": "difference"}, "encoding": band},
        {"mark": {"type": "rule", "style": "reference"}, "encoding": {"x": {"datum": 1, **x}}},
    ]


ROOM_BESIDE = {"padding": {"left": 36, "right": 36, "top": 10, "bottom": 10}}
"""Room for words next to the panel, which a reader's font may draw wider than the one that they were measured in."""


def text_beside(field: str, y: dict[str, Any], *, is_left: bool) -> dict[str, Any]:
    """Return a layer that writes a field next to its row, outside the panel."""
    place = {"align": "right", "dx": -10} if is_left else {"align": "left", "dx": 10}
    return {
        "mark": {"type": "text", "style": "note", **place},
        "encoding": {"y": y, "x": {"value": 0 if is_left else "width"}, "text": {"field": field}},
    }
