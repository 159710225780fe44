"""Vega, which draws the charts of the page: its libraries in one script, and their licences."""

from functools import cache
from importlib.resources import files

import vl_convert

VEGA_LITE = "6.4"
"""The version of Vega-Lite that the specifications are written for."""

_WANTED = "window.vegaEmbed = vegaEmbed;"


@cache
def script() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script that sets `vegaEmbed`; the bytes are always the same.

    Each process builds it once, which takes about three seconds.
    """
    return vl_convert.javascript_bundle(_WANTED, VEGA_LITE)


def licences() -> str:
    """Return the authors of the script, and its licences."""
    return files(__package__).joinpath("vega.txt").read_text(encoding="utf-8")
