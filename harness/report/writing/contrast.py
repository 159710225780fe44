"""The names of two cells that are compared: what differs, and what they share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.model.executors import format_load
from harness.model.plan import Cell
from harness.report.writing.conditions import Axes, name_conditions, varied_axes
from harness.report.writing.markdown import Voice
from harness.report.writing.numbers import listed


@dataclass(frozen=True, slots=True)
class Contrast:
    """The names of the two sides, and what they share; fields are empty where they differ."""

    first: str
    second: str
    server: str
    style: str
    load: str
    conditions: str

    @property
    def common(self) -> str:
        """Return what both sides share, as in `uvicorn at 41 (thread limit 40)`."""
        at = f"at {self.load}" if self.load else ""
        plain = " ".join(part for part in (self.server, self.style, at) if part)
        return f"{plain} ({self.conditions})" if self.conditions else plain


def contrast(cell: Cell, against: Cell, axes: Axes, voice: Voice) -> Contrast:
    """Return the contrast of two cells of a run that varies these axes."""
    differing = varied_axes([cell, against])
    parts: Mapping[str, Callable[[Cell], str]] = {
        "server": lambda one: voice.text(one.launch.server),
        "style": lambda one: voice.code(one.style),
        "load": format_load,
    }
    shared = {name: "" if write(cell) != write(against) else write(cell) for name, write in parts.items()}

    def side(one: Cell) -> str:
        told = [write(one) for name, write in parts.items() if not shared[name]]
        return listed([*told, *([said] if (said := name_conditions(one, differing, voice)) else [])])

    conditions = name_conditions(cell, axes - differing, voice)
    return Contrast(side(cell), side(against), **shared, conditions=conditions)
