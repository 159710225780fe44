"""How charts look on a light and on a dark page: everything that a specification leaves to its theme.

Specifications name styles (`"style": "model"`) and never an ink; colours that carry a meaning are in `palette`, and the
same in both themes.
"""

from typing import Any

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
"""The first comes with vl-convert, so that a drawing does not depend on the fonts of its machine; the others have the
same widths, or nearly, for whoever looks at it where the first is not installed.
"""

WIDTH = 836
"""Pixels that a chart takes: the width of a column of GitHub."""

LEGEND_LABEL = 180
"""Pixels of a name in a legend; a longer one is cut."""

SIGN = 5.8
"""Average pixels of a character in the size of labels."""

_INKS = {
    "light": {"page": "#ffffff", "ink": "#1f2328", "muted": "#59636e", "line": "#d1d9e0", "faint": "#eff2f5"},
    "dark": {"page": "#0d1117", "ink": "#f0f6fc", "muted": "#9198a1", "line": "#3d444d", "faint": "#1c2128"},
}
"""The colours of GitHub's own pages."""


def config(theme: str) -> dict[str, Any]:
    """Return the Vega-Lite configuration of a theme, `light` or `dark`."""
    ink = _INKS[theme]
    return {
        "aria": False,  # a picture is described by its alt text; what is inside it no reader of screens gets to see
        "background": ink["page"],
        "font": FONT,
        "padding": 10,
        "view": {"stroke": None},
        "concat": {"spacing": 20},
        "title": {
            "anchor": "start",
            "color": ink["ink"],
            "subtitleColor": ink["muted"],
            "fontSize": 16,
            "subtitleFontSize": 12,
            "subtitlePadding": 6,
            "lineHeight": 20,
            "subtitleLineHeight": 16,
            "offset": 14,
            "frame": "bounds",
        },
        "axis": {
            "domainColor": ink["line"],
            "tickColor": ink["line"],
            "gridColor": ink["line"],
            "gridOpacity": 0.6,
            "labelColor": ink["muted"],
            "titleColor": ink["muted"],
            "titleFontWeight": "normal",
            "labelFontSize": 11,
            "titleFontSize": 12,
            "titlePadding": 8,
            "labelLimit": 200,
        },
        "legend": {
            "orient": "top",
            "title": None,
            "labelColor": ink["ink"],
            "labelFontSize": 12,
            "labelLimit": LEGEND_LABEL,
            "symbolSize": 90,
            "symbolStrokeWidth": 1.5,
            "symbolBaseFillColor": ink["muted"],
            "symbolBaseStrokeColor": ink["muted"],
            "columnPadding": 18,
            "offset": 10,
        },
        "header": {"labelColor": ink["ink"], "titleColor": ink["muted"]},
        "style": {
            "cell": {"stroke": None},
            "note": {"color": ink["ink"], "fontSize": 11, "font": FONT},
            "whisker": {"color": ink["ink"], "strokeWidth": 1.5},
            "reference": {"color": ink["muted"], "strokeWidth": 1},
            "difference": {"color": ink["line"], "opacity": 0.55},
        },
    }
