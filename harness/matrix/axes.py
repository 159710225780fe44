"""Mappings from axes to values in a matrix file: pydantic models that are made from the table of axes."""

from collections.abc import Callable
from typing import Annotated, Any, ClassVar

from pydantic import Field, create_model

from harness.matrix.kinds import Keys, Kind, axis_kind, hinted, several
from harness.matrix.positions import Section
from harness.model.axes import MATRIX_AXES, Axis


class AxisValues(Keys):
    """Values for some axes; each model of this kind has a field for every axis of the matrix."""

    may_be_empty: ClassVar[bool] = False

    def by_axis(self) -> dict[str, Any]:
        """Return what is written for each axis, in the order of the axes."""
        return {axis.name: getattr(self, axis.name) for axis in MATRIX_AXES if axis.name in self.model_fields_set}


_NAMESAKES = {"client": "settings of the engine are no axis: write them under `client` at the top level"}
"""What to tell people who give an axis the mapping that belongs to a top-level key of the same name."""


def one_value(axis: Axis, *, may_stand_in: bool = False) -> Kind:
    """Return the kind of one value that a cell can have for an axis, perhaps also of words that stand for others."""
    kind = axis_kind(axis, may_stand_in=may_stand_in)
    return hinted(kind, (Section,), _NAMESAKES[axis.name]) if axis.name in _NAMESAKES else kind


def some_values(axis: Axis) -> Kind:
    """Return the kind of one or several values that a cell can have for an axis."""
    return several(one_value(axis))


def listed_values(axis: Axis) -> Kind:
    """Return the kind of the values that a matrix may list for an axis, words that stand for others included."""
    return several(one_value(axis, may_stand_in=True))


def axis_fields(kind: Callable[[Axis], Kind], description: str = "{0.description}") -> dict[str, Any]:
    """Return an optional field for every axis, for `create_model`."""
    return {
        axis.name: (
            Annotated[Any, kind(axis)],
            Field(None, description=description.format(axis), examples=list(axis.examples) or None),
        )
        for axis in MATRIX_AXES
    }


Baseline = create_model("Baseline", __base__=AxisValues, **axis_fields(one_value))
Where = create_model("Where", __base__=AxisValues, **axis_fields(some_values))
Entry = create_model("Entry", __base__=AxisValues, **axis_fields(listed_values))
"""An entry of `exclude` or `include`."""
