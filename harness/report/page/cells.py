"""The table of all cells: every figure of results.json, which scripts sort and filter by what it says."""

from collections.abc import Sequence

from harness.analysis.findings import Findings
from harness.report.page.columns import GROUPS, TITLES, Column, Figures, columns, constants
from harness.report.page.markup import scrolling, text
from harness.report.writing.conditions import name_conditions
from harness.report.writing.markdown import PLAIN

_CAPTION = "Every cell of the run"


def table(cells: Sequence[Figures], findings: Findings) -> str:
    """The table with all its columns; what is common to all cells stands in its caption."""
    shown = columns(cells)
    caption = f"{_CAPTION}: {text(name_conditions(findings.cells[0].cell, constants(cells), PLAIN))}"
    head = "".join(_header(column) for column in shown)
    body = "".join(_row(cell, shown) for cell in cells)
    parts = f"<caption>{caption}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>"
    return scrolling(f'<table id="cells">{parts}</table>', _CAPTION)


def style(cells: Sequence[Figures]) -> str:
    """What looks different from column to column: words stand left, and of the figures one group may be shown alone.

    By the number of the column, since a class on each of so many cells would be most of the page.
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
    """The groups that the columns of these cells belong to, in order."""
    found = {column.group for column in columns(cells)}
    return [group for group in GROUPS if group in found]


def choice(cells: Sequence[Figures]) -> str:
    """The groups of columns to choose from."""
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
