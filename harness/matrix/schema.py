"""The JSON Schema of matrix.yaml, for editors: made from the description that the reader reads by."""

import json
from typing import Any

from harness.matrix.format import document


def schema() -> dict[str, Any]:
    """The schema, JSON Schema draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "matrix.yaml of asgi-matrix",
        "description": "What to measure: ASGI servers, thread limits, endpoint styles and concurrency levels.",
        **document().schema(),
    }


def text() -> str:
    """The schema as it stands in `harness/matrix/schema.json`."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
