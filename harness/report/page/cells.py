"""The table of all cells, with every figure of results.json; scripts sort and filter it by its text."""

from collections.abc import Sequence

from harness.analysis.findings import Findings
from harness.report.conditions import name_conditions
from harness.report.page.columns import GROUPS, TITLES, Column, Figures, columns, constants
from harness.report.page.markup import scrolling, text

_CAPTION = "Every cell of the run"


def table(cells: Sequence[Figures], findings: Findings) -> str:
    """Return the table; what all cells have in common is in its caption."""
    shown = columns(cells)
    caption = f"{_CAPTION}: {text(name_conditions(findings.cells[0].cell, constants(cells)))}"
    head = "".join(_header(column) for column in shown)
    body = "".join(_row(cell, shown) for cell in cells)
    parts = f"<caption>{caption}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>"
    return scrolling(f'<table id="cells">{parts}</table>', _CAPTION)


def style(cells: Sequence[Figures]) -> str:
    """Return the style of the columns: text is aligned left, and one group of figures may be shown alone.

    The rules go by column number, since classes on all cells would be most of the page.
    """
    shown = columns(cells)
    words = ", ".join(_nth(place) for place, column in enumerate(shown, start=1) if not column.is_figure)
    rules = [f"{words} {{ text-align: left; }}"]
    first = next((place for place, column in enumerate(shown, start=1) if column.group is not None), len(shown) + 1)
    for group in groups(cells):
        places = [place for place, column in enumerate(shown, start=1) if column.group == group]
        of_group = f"[data-columns={group}]"
        others = [f"n+{first}):nth-child(-n+{places[0] - 1}", f"n+{places[-1] + 1}"]
        rules.append(f"{', '.join(_nth(other, of_group) for other in others)} {{ display: none; }}")
    return "\n".join(rules)


def groups(cells: Sequence[Figures]) -> list[str]:
    """Return the groups of the columns of these cells, in order."""
    found = {column.group for column in columns(cells)}
    return [group for group in GROUPS if group in found]


def choice(cells: Sequence[Figures]) -> str:
    """Return the groups of columns as options."""
    options = [f'<option value="{group}">{TITLES[group]}</option>' for group in groups(cells)]
    return "".join([*options, '<option value="">Everything</option>'])


def _nth(place: int | str, of_group: str = "") -> str:
    return f"#cells{of_group} tr > :nth-child({place})"


def _header(column: Column) -> str:
    return f'<th scope="col" data-path="{column.path}">{text(column.title)}</th>'


def _row(cell: Figures, shown: Sequence[Column]) -> str:
    first, *others = shown
    # Without the end tags that HTML lets go: of so many cells, they would be a third of the table.
    figures = "".join(f"<td>{_figure(cell, column)}" for column in others)
    return f'<tr><th scope="row">{text(first.written(cell))}{figures}</tr>\n'


def _figure(cell: Figures, column: Column) -> str:
    if column.path == "status" and cell["status"] != "ok":
        return f"<strong>{text(cell['status'])}</strong>: {text(cell['reason'] or 'no reason was recorded')}"
    return text(column.written(cell))
