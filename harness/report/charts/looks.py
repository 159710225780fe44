"""What tells servers apart in a chart, as encodings: colour and shape together, in one legend."""

from collections.abc import Sequence
from typing import Any

from harness.report.charts.palette import NEUTRAL, Look
from harness.report.charts.theme import LEGEND_LABEL, SIGN, WIDTH

MODEL = "model"
ARTICLE = "the article"

SHOWN_AS = "shown_as"
"""The field that says what a row is shown as: the name of its server, or one of the references above."""

_BESIDE_LABEL = 40
"""Pixels that a symbol takes beside its name in a legend, with the gap after it."""

_LINE = "M-1.4,-0.12H1.4V0.12H-1.4Z"
_STAR = "M0,-1.3L0.29,-0.4L1.24,-0.4L0.47,0.15L0.76,1.05L0,0.5L-0.76,1.05L-0.47,0.15L-1.24,-0.4L-0.29,-0.4Z"
_REFERENCES = {MODEL: _LINE, ARTICLE: _STAR}


def colour(looks: Sequence[Look], *references: str) -> dict[str, Any]:
    """Return the colours of the servers; references, such as a model, are grey."""
    return _encoding(looks, [look.colour for look in looks], references, [NEUTRAL] * len(references))


def shape(looks: Sequence[Look], *references: str) -> dict[str, Any]:
    """Return the shapes of the servers and of these references, in one legend with their colours."""
    return _encoding(looks, [look.shape for look in looks], references, [_REFERENCES[one] for one in references])


def _encoding(
    looks: Sequence[Look], of_servers: Sequence[str], references: Sequence[str], of_references: Sequence[str]
) -> dict[str, Any]:
    scale = {
        "domain": [look.server for look in looks] + list(references),
        "range": [*of_servers, *of_references],
    }
    # In the legend everything is opaque, even where the mark that it stands for is a band.
    legend = {"symbolOpacity": 1, "columns": _columns(scale["domain"])}
    return {"field": SHOWN_AS, "type": "nominal", "scale": scale, "legend": legend}


def _columns(names: Sequence[str]) -> int:
    """Return how many columns a legend of these names has above a chart."""
    widest = min(LEGEND_LABEL, round(SIGN * max(map(len, names))))
    return max(1, WIDTH // (widest + _BESIDE_LABEL))
