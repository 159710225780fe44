"""Rows in a compact form for the page: by column, with repeated values only once."""

from collections.abc import Mapping, Sequence
from typing import Any


def packed(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the number of rows, and each column under its name, in the shortest of three forms.

    `[value]` is the same in all rows; `[values, places]` says for each row at which place its value stands;
    `[values, null]` has the value of each row. What a row has not, or has None for, is null.
    """
    names = dict.fromkeys(name for row in rows for name in row)
    return {"rows": len(rows), "columns": {name: _column([row.get(name) for row in rows]) for name in names}}


def _column(values: Sequence[Any]) -> list[Any]:
    different = {value: place for place, value in enumerate(dict.fromkeys(values))}
    if len(different) == 1:
        return list(different)
    if 2 * len(different) > len(values):
        return [list(values), None]
    return [list(different), [different[value] for value in values]]
