"""The tooltip of a mark: what was measured there, and its figures."""

from typing import Any

from harness.model.axes import BY_NAME
from harness.report.conditions import ALWAYS_SHOWN

_CARRIED = {
    **{name: BY_NAME[name].label for name in (*ALWAYS_SHOWN, "client")},
    "concurrency": "concurrent requests",
}


def tooltip(**figures: str) -> list[dict[str, Any]]:
    """Return the fields of a tooltip: those of every row, then these figures under these titles."""
    return [
        *({"field": field, "type": "nominal", "title": title} for field, title in _CARRIED.items()),
        *({"field": field, "type": "nominal", "title": title} for field, title in figures.items()),
    ]
