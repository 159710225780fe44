"""HTML: the one place where what others have written is made harmless in a page."""

import html
import json
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from harness.model.words import one_line


def text(anything: str) -> str:
    """Anything as one line of HTML that shows it and does nothing else, in an attribute too."""
    return html.escape(one_line(anything))


def lines(anything: str) -> str:
    """Anything as HTML that shows it, its lines kept."""
    return html.escape(anything)


def code(anything: str) -> str:
    """Anything as a piece of a program."""
    return f"<code>{text(anything)}</code>"


def data(name: str, value: Any) -> str:
    """A value for the scripts of the page, which nothing in it can end."""
    written = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # Inside a JSON string, `<` may be written so; outside of one there is none.
    return f'<script type="application/json" id="{name}">{written.replace("<", chr(92) + "u003c")}</script>'


def script(source: str) -> str:
    """A script of ours. Raises ValueError where it would end before its end."""
    lowered = source.lower()
    if "</script" in lowered or "<!--" in lowered:
        raise ValueError("a script that has `</script` or `<!--` in it ends early inside a page")
    return f"<script>{source}</script>"


def policy(scripts: Iterable[str]) -> str:
    """The content security policy of a page that runs these scripts and no others, and loads nothing at all.

    Vega sets styles on the elements that it makes, and has no way to announce them.
    """
    allowed = " ".join(f"'sha256-{b64encode(sha256(each.encode()).digest()).decode()}'" for each in scripts)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
        f"form-action 'none'"
    )


def scrolling(table: str, label: str) -> str:
    """A table that may be wider than the page: it scrolls by itself, with the keyboard too; the label is HTML."""
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{label}">{table}</div>'
