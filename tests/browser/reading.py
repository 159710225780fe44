"""What a reader sees of the page and does in it."""

import json
from typing import Any

from tests.browser.chromium import Browser


def drawn(browser: Browser) -> None:
    """Wait until everything is as it was chosen."""
    browser.wait_for("document.documentElement.dataset.drawn")


def choose(browser: Browser, select: str, value: str) -> None:
    """Choose an option of a list."""
    browser.evaluate(
        f"(select => {{ select.value = {json.dumps(value)}; select.dispatchEvent(new Event('change')); }})"
        f"(document.getElementById({json.dumps(select)}))"
    )
    drawn(browser)


def uncheck(browser: Browser, axis: str, value: str) -> None:
    """Leave out a value of an axis."""
    browser.click(f"#filters fieldset[name={axis}] input[value={json.dumps(value)}]")
    drawn(browser)


def table(browser: Browser, selector: str = "#cells") -> list[dict[str, str]]:
    """The rows of a table that are not left out, from top to bottom: what they say by the path of their column."""
    rows: list[dict[str, str]] = browser.evaluate(
        f"""(() => {{
          const table = document.querySelector({json.dumps(selector)});
          const names = [...table.tHead.rows[0].cells].map((header) => header.dataset.path ?? header.textContent);
          const rows = [...table.tBodies[0].rows].filter((row) => !row.hidden);
          return rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row.cells[at].textContent])));
        }})()"""
    )
    return rows


def column(browser: Browser, path: str) -> list[str]:
    """What the rows that are not left out say in a column."""
    return [row[path] for row in table(browser)]


def points(browser: Browser) -> int:
    """How many cells the lead chart shows."""
    return marks(browser, "#chart-staircase .mark-symbol.role-mark")


def marks(browser: Browser, selector: str) -> int:
    """How many marks a drawing has of this kind."""
    return int(browser.evaluate(f"document.querySelectorAll({json.dumps(f'{selector} path')}).length"))


def count(browser: Browser) -> str:
    """How many cells the page says it shows."""
    return str(browser.evaluate("document.getElementById('count').textContent"))


def address(browser: Browser) -> Any:
    """What the page has put into its address."""
    return browser.evaluate("location.hash")
