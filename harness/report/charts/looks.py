"""What tells servers apart in a chart, as encodings: colour and shape together, in one legend."""

from collections.abc import Sequence
from typing import Any

from harness.report.charts.palette import NEUTRAL, Look

MODEL = "model"
ARTICLE = "the article"

_LINE = "M-1.4,-0.12H1.4V0.12H-1.4Z"
_STAR = (
    "M0,-1.3L0.29,-0.4L1.24,-0.4L0.47,0.15L0.76,1.05L0,0.5L-0.76,1.05L-0.47,0.15L-1.24,-0.4L-0.29,-0.4Z"  # five-pointed
)
_REFERENCES = {MODEL: _LINE, ARTICLE: _STAR}


def by_server(looks: Sequence[Look], *references: str) -> dict[str, Any]:
    """The encoding of the field `server`, which may also hold one of these references that are none."""
    domain = [look.server for look in looks] + list(references)
    colours = [look.colour for look in looks] + [NEUTRAL] * len(references)
    shapes = [look.shape for look in looks] + [_REFERENCES[reference] for reference in references]
    return {
        "color": _nominal(domain, colours),
        "shape": _nominal(domain, shapes),
    }


def _nominal(domain: Sequence[str], values: Sequence[str]) -> dict[str, Any]:
    return {"field": "shown_as", "type": "nominal", "scale": {"domain": list(domain), "range": list(values)}}
