"""Which panels share a scale, so that they can be compared, and which have one of their own, since they cannot.

Every scale begins at nothing. Rule 1: a style whose figures are far above those of the styles that are compared has a
scale of its own: it would press them flat. Rule 2: all other panels have the same one; but where it would press a whole
setting flat, that setting has its own. Rule 3: an axis that is not that of the others says so.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.report.cells import COMPARED
from harness.report.charts.rows import figure

MOST_APART = 3.0
"""A figure that many times as high as its neighbour makes that one too small to see."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The highest figure of a panel, and whether its scale differs from those of the panels around it."""

    most: float
    is_own: bool = False

    def axis(self, title: str, beyond: float = 1.05, ticks: int = 5) -> dict[str, Any]:
        """Return an axis that ends at `beyond` times the highest figure, with about this many ticks."""
        return {
            "type": "quantitative",
            "title": f"{title} (own scale)" if self.is_own else title,
            "scale": {"domain": [0, figure(beyond * self.most) or 1], "nice": False},
            "axis": {"tickCount": ticks, "grid": True},
        }


def scales(peaks: Sequence[Mapping[str, float]]) -> Iterator[dict[str, Scale]]:
    """Yield the scales of the styles of each setting, given the highest figure of each style."""
    apart = [_far_above(by_style) for by_style in peaks]
    shared = [
        max((peak for style, peak in by_style.items() if style not in far), default=0.0)
        for by_style, far in zip(peaks, apart, strict=True)
    ]
    common = Scale(max(shared, default=0.0))
    for by_style, far, most in zip(peaks, apart, shared, strict=True):
        of_setting = common if common.most <= MOST_APART * most else Scale(most, is_own=True)
        yield {style: Scale(peak, is_own=True) if style in far else of_setting for style, peak in by_style.items()}


def _far_above(peaks: Mapping[str, float]) -> set[str]:
    """Return the styles far above those that are compared, or far above all others if none of these is there."""
    compared = [peak for style, peak in peaks.items() if style in COMPARED] or list(peaks.values())
    return {style for style, peak in peaks.items() if peak > MOST_APART * max(compared)}
