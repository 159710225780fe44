"""The environment of a run, and how to repeat it."""

import shlex
from collections.abc import Iterator, Mapping

from harness.analysis.findings import Findings
from harness.model.plan import Plan
from harness.report.writing.markdown import code, fenced, table, text

NAMES = {
    "cpu": "CPU",
    "cores": "cores",
    "cores_allowed": "cores allowed",
    "memory_mb": "memory, MB",
    "governor": "CPU governor",
    "os": "operating system",
    "kernel": "kernel",
    "implementation": "Python implementation",
    "python": "Python",
    "harness": "asgi-matrix",
    "commit": "commit",
    "host": "host",
}
"""The names of the facts of an environment."""

_TOLD_ELSEWHERE = {"versions", "client_cores"}


def section(findings: Findings) -> str:
    """Return the environment, the command, and the matrix as it was run."""
    plan = findings.header.plan
    return "\n\n".join(
        (
            "## Environment and how to repeat",
            table(("what", "value"), list(_facts(findings)), ("left", "left")),
            "With the matrix below as `matrix.yaml`, this repeats the run:",
            fenced(command(plan), "sh"),
            "The matrix, as it was run:",
            fenced(plan.matrix, "yaml"),
        )
    )


def command(plan: Plan) -> str:
    """Return the command that repeats a run, ready for a shell."""
    profile = ["--profile", plan.profile] if plan.profile else []
    asked = [*profile, *(part for only in plan.only for part in ("--only", only))]
    matrix = ["python", "-m", "nox", "-s", "matrix", *(["--", *asked] if asked else [])]
    return f"python -m pip install nox && {shlex.join(matrix)}"


def _facts(findings: Findings) -> Iterator[tuple[str, str]]:
    environment, plan = findings.header.environment, findings.header.plan
    for key, name in NAMES.items():
        if key in environment:
            yield name, "not known" if environment[key] is None else text(str(environment[key]))
    for key in sorted(environment.keys() - NAMES.keys() - _TOLD_ELSEWHERE):
        if environment[key] is not None:
            yield text(key), text(str(environment[key]))
    if servers := dict.fromkeys(_postgresql(findings)):
        yield "PostgreSQL, read back from inside", ", ".join(map(text, servers))
    versions = environment.get("versions")
    if isinstance(versions, Mapping) and versions:
        yield "versions", ", ".join(_version(name, version) for name, version in sorted(versions.items()))
    yield "profile", code(plan.profile) if plan.profile else "none"
    yield "only", ", ".join(map(code, plan.only)) if plan.only else "no restriction"
    yield "blocks", str(plan.blocks)
    yield "seed", str(plan.seed)


def _postgresql(findings: Findings) -> Iterator[str]:
    """Yield the versions of the database, as read back in each launch that used one."""
    for found in findings.launches:
        version = found.in_force.versions.get("postgresql") if found.in_force else None
        if version is not None:
            yield version


def _version(name: str, version: str | None) -> str:
    return f"{text(name)} {text('not installed' if version is None else version)}"
