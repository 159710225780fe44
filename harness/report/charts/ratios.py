"""Ratios on a logarithmic axis, and the practical difference as a band on it."""

import math
from collections.abc import Iterable
from typing import Any

from harness.analysis.findings import Findings

_LEAST_SPAN = 3
"""An axis shows at least so many practical differences to either side."""

_TICKS = (1.01, 1.02, 1.05, 1.1, 1.2, 1.5, 2, 3, 5, 10, 20, 50, 100, 1000)


def ratio_axis(ratios: Iterable[float | None], title: str, findings: Findings) -> dict[str, Any]:
    """A logarithmic axis that holds these ratios and the practical difference, as far to the left of 1 as needed."""
    logs = [math.log(ratio) for ratio in ratios if ratio]
    least = _LEAST_SPAN * math.log1p(findings.header.plan.practical_difference)
    low, high = min([-least, *logs]) * 1.08, max([least, *logs]) * 1.08
    domain = [float(f"{math.exp(end):.3g}") for end in (low, high)]
    above = [tick for tick in _TICKS if tick <= domain[1]]
    below = [tick for tick in _TICKS if 1 / tick >= domain[0]]
    stride = max(1, -(-(len(above) + len(below)) // 8))
    ticks = [float(f"{1 / tick:.3g}") for tick in below[::-1][::stride]] + [1] + above[::-1][::stride][::-1]
    return {
        "type": "quantitative",
        "title": title,
        "scale": {"type": "log", "domain": domain, "nice": False},
        "axis": {"values": ticks, "format": "~g", "labelOverlap": "greedy"},
    }


def difference(x: dict[str, Any], findings: Findings) -> list[dict[str, Any]]:
    """The layers that lie under ratios: the band of what makes no practical difference, and the line of no difference."""
    beyond = 1 + findings.header.plan.practical_difference
    band = {"x": {"datum": float(f"{1 / beyond:.4g}"), **x}, "x2": {"datum": float(f"{beyond:.4g}")}}
    return [
        {"mark": {"type": "rect", "style": "difference"}, "encoding": band},
        {"mark": {"type": "rule", "style": "reference"}, "encoding": {"x": {"datum": 1, **x}}},
    ]


def beside(field: str, y: dict[str, Any], *, is_left: bool) -> dict[str, Any]:
    """A layer that writes a field beside its row, outside the panel."""
    place = {"align": "right", "dx": -10} if is_left else {"align": "left", "dx": 10}
    return {
        "mark": {"type": "text", "style": "note", **place},
        "encoding": {"y": y, "x": {"value": 0 if is_left else "width"}, "text": {"field": field}},
    }
