"""The templates and styles of all that a browser shows: the page of a report, and the site of several."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def render_template(name: str, **values: object) -> str:
    """Return a template with these values in it, escaped unless they are `Markup`."""
    written: str = _ENVIRONMENT.get_template(name).render(values)
    return written
