"""Vega, which draws the charts inside the page: the libraries in one script, and the licences they come under."""

from functools import cache
from importlib.resources import files

import vl_convert

VEGA_LITE = "6.4"
"""The version of Vega-Lite that the specifications are written for."""

_WANTED = "window.vegaEmbed = vegaEmbed;"


@cache
def script() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script that sets `vegaEmbed`: the same bytes every time.

    It is put together anew for each process, which takes about three seconds.
    """
    return vl_convert.javascript_bundle(_WANTED, VEGA_LITE)


def licences() -> str:
    """Who wrote what is in the script, and the terms."""
    return files(__package__).joinpath("vega.txt").read_text(encoding="utf-8")
