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


# Tests mostly wait for servers, so there are more workers than cores. A file stays on one worker: its tests share
# servers, browsers and reports. In the order of their names, the many short tests come last and fill the gaps.
IN_PARALLEL = ("--dist", "loadfile", "--no-loadscope-reorder", "-n")
WORKERS = "5"


def install_for_tests(session: nox.Session) -> None:
    """Install the harness, every server and what the tests need, compiled.

    Tests start hundreds of Python processes, and compiling what each imports would take half of their time.
    """
    session.env.update(UV_COMPILE_BYTECODE="1", PYTHONDONTWRITEBYTECODE="")
    session.install("-e", ".[all]", *nox.project.dependency_groups(PYPROJECT, "tests"))


def everything(session: nox.Session, *python: str) -> None:
    """Run all tests: in parallel first, then one by one those that need the machine to themselves."""
    pytest = ("python", *python, "-m", "pytest")
    session.run(*pytest, "-m", "not alone", *IN_PARALLEL, WORKERS)
    session.run(*pytest, "-m", "alone")


@nox.session(reuse_venv=True)
def unit(session: nox.Session) -> None:
    """Run the tests that start no process and open no connection; `--force-python 3.13` runs them on that Python."""
    install_for_tests(session)
    pytest = ("python", "-m", "pytest", *IN_PARALLEL, "logical", "--hypothesis-profile", "quick")
    session.run(*pytest, *(session.posargs or ["tests/unit"]))


@nox.session
def tests(session: nox.Session) -> None:
    """Run all tests, with every server installed; arguments after `--` go to pytest, which then runs once."""
    install_for_tests(session)
    if session.posargs:
        session.run("python", "-m", "pytest", *session.posargs)
    else:
        everything(session)


@nox.session
def coverage(session: nox.Session) -> None:
    """Run all tests and report which lines and branches of the harness they reach, in every process that they start."""
    install_for_tests(session)
    session.env["COVERAGE_FILE"] = str(Path(".coverage").resolve())  # servers run in folders of their own
    session.run("coverage", "erase")
    everything(session, "-m", "coverage", "run")
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report", *session.posargs)


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
