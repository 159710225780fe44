"""The commands of the project: `python -m nox -s matrix` measures, `python -m nox -s tests` tests."""

from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["tests", "lint"]

PYPROJECT = nox.project.load_toml("pyproject.toml")

# After Ctrl-C a run stops its server, writes the report of what there is, and only then exits.
TIME_TO_STOP_S = 60.0


@nox.session(reuse_venv=True)  # a run that is taken up again need not wait for what is installed
def matrix(session: nox.Session) -> None:
    """Measure matrix.yaml and write the report; try `-- --profile smoke` or `-- --only server=granian`."""
    session.install("-e", ".")
    servers = Path(session.create_tmp()) / "servers.txt"
    servers.unlink(missing_ok=True)
    session.run("python", "-m", "harness", "run", "--requirements", str(servers), *session.posargs)
    if servers.exists():  # it does not where only --help was asked for
        session.install("-r", str(servers))
        session.run("python", "-m", "harness", "run", *session.posargs, interrupt_timeout=TIME_TO_STOP_S)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests, with every server installed; arguments after `--` go to pytest."""
    session.install("-e", ".[all]", *nox.project.dependency_groups(PYPROJECT, "tests"))
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, format and types."""
    session.install("-e", ".[all]", *nox.project.dependency_groups(PYPROJECT, "lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")


@nox.session
def bench(session: nox.Session) -> None:
    """Hold the engine against wrk, h2load and aiohttp, and measure what the harness costs; try `-- --json FILE`."""
    session.install("-e", ".[all]")
    session.run("python", "-m", "bench", *session.posargs)


@nox.session
def simulate(session: nox.Session) -> None:
    """Simulate whether the statistics keep their promises, and write docs/simulations.md; try `-- --trials 500`."""
    session.install("-e", ".")
    session.run("python", "-m", "simulations", "--markdown", "docs/simulations.md", *session.posargs)
