"""HTML: the only place that escapes foreign text for a page."""

import html
import json
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from harness.model.words import one_line


def text(anything: str) -> str:
    """Return a text as one escaped line of HTML, fit for attributes too."""
    return html.escape(one_line(anything))


def data(name: str, value: Any) -> str:
    """Return a value as JSON for the scripts of the page; no text in it can close the element."""
    written = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # Inside a JSON string, `<` may be written so; outside of one there is none.
    return f'<script type="application/json" id="{name}">{written.replace("<", chr(92) + "u003c")}</script>'


def script(source: str) -> str:
    """Return a script element. Raises ValueError if the source would close it."""
    lowered = source.lower()
    if "</script" in lowered or "<!--" in lowered:
        raise ValueError("a script that has `</script` or `<!--` in it ends early inside a page")
    return f"<script>{source}</script>"


def policy(scripts: Iterable[str]) -> str:
    """Return the content security policy of a page that runs only these scripts, and loads nothing.

    Vega sets styles on the elements that it makes, and has no way to announce them.
    """
    allowed = " ".join(f"'sha256-{b64encode(sha256(each.encode()).digest()).decode()}'" for each in scripts)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
        f"form-action 'none'"
    )


def scrolling(table: str, label: str) -> str:
    """Return a table in a box that scrolls if it is wider than the page; the label is HTML."""
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{label}">{table}</div>'
