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


_NAMESAKES = {"client": "the engine's settings are not an axis: write them under `client` at the top level"}
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
    """Return an optional field for every axis, for `create_model`; its description is a format of the axis."""
    return {
        axis.name: (Annotated[Any, kind(axis)], Field(None, description=description.format(axis)))
        for axis in MATRIX_AXES
    }


def listed_fields() -> dict[str, Any]:
    """Return a field for every axis under `matrix`, with its default and examples for the JSON Schema."""
    shown: dict[str, dict[str, Any]] = {
        axis.name: {"examples": list(axis.examples)} | ({} if axis.default is None else {"default": axis.default})
        for axis in MATRIX_AXES
    }
    return {
        name: (kind, Field(None, description=field.description, json_schema_extra=shown[name]))
        for name, (kind, field) in axis_fields(listed_values).items()
        if name != "scenario"
    }


Baseline = create_model("Baseline", __base__=AxisValues, **axis_fields(one_value))
Where = create_model("Where", __base__=AxisValues, **axis_fields(some_values))
Entry = create_model("Entry", __base__=AxisValues, **axis_fields(listed_values))
"""An entry of `exclude` or `include`."""
