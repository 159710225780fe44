"""What is told of a mark where the mouse rests on it: what was measured there, and the figures of the mark."""

from typing import Any

_CARRIED = {
    "server": "server",
    "style": "style",
    "thread_limit": "thread limit",
    "client": "client",
    "concurrency": "requests at once",
}


def tooltip(**figures: str) -> list[dict[str, Any]]:
    """The fields of a tooltip: those that every row carries, then these fields of figures under these titles."""
    return [
        *({"field": field, "type": "nominal", "title": title} for field, title in _CARRIED.items()),
        *({"field": field, "type": "nominal", "title": title} for field, title in figures.items()),
    ]
