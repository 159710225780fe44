"""How do I repeat it? The environment, the command, and the files of the run."""

import shlex
from collections.abc import Iterator, Mapping

from harness.analysis.findings import Findings
from harness.model.journal import PACKED_NAME
from harness.model.plan import Plan
from harness.model.words import counted
from harness.report.document import (
    Block,
    Bullets,
    Code,
    Paragraph,
    Section,
    as_line,
    code,
    line,
    link,
    table,
)

FACT_NAMES = {
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

FILES = {
    "results.json": "every figure and verdict, for programs",
    PACKED_NAME: "every request as measured",
    "matrix.yaml": "the matrix",
}
"""The other files of a run folder that can be published with it."""

_GROUPS = {
    "machine": ("host", "cpu", "cores", "cores_allowed", "memory_mb", "governor"),
    "system": ("os", "kernel", "implementation", "python"),
    "asgi-matrix": ("harness", "commit"),
}
"""The rows of the table of the environment."""

_FORMATS = {
    "cores": "{} cores",
    "cores_allowed": "{} allowed",
    "memory_mb": "{} MB",
    "governor": "CPU governor {}",
    "commit": "commit {}",
}

_TOLD_ELSEWHERE = {"versions", "client_cores"}


def section(findings: Findings) -> Section:
    """Return the environment, the command that repeats the run, and the files of the run."""
    facts = dict(_list_facts(findings))
    blocks: list[Block] = [
        Paragraph(
            line(
                "In a clone of asgi-matrix, with its {} replaced by that of this folder:",
                link(code("matrix.yaml"), "matrix.yaml"),
            )
        ),
        Code(write_command(findings.header.plan), "sh"),
        table(("what", "value"), list(facts.items()), "ll"),
        Bullets(
            (
                line("`index.html`: every figure in a sortable table (`python -m harness report FOLDER` writes it)"),
                *(line("{}: {}", link(code(name), name), line(what)) for name, what in FILES.items()),
            )
        ),
    ]
    if findings.journal_sha256:
        blocks.append(
            Paragraph(
                line(
                    "`python -m harness report --check FOLDER` derives every figure from its journal (SHA-256 {}).",
                    code(findings.journal_sha256),
                )
            )
        )
    machine = as_line(facts.get("machine", "The command, the environment and the files."))
    return Section("repeat", "How do I repeat it?", tuple(blocks), rank=6, finding=machine)


def write_command(plan: Plan) -> str:
    """Return the command that repeats a run, ready for a shell."""
    profile = ["--profile", plan.profile] if plan.profile else []
    asked = [*profile, *(part for only in plan.only for part in ("--only", only))]
    matrix = ["python", "-m", "nox", "-s", "matrix", *(["--", *asked] if asked else [])]
    return f"python -m pip install nox && {shlex.join(matrix)}"


def _list_facts(findings: Findings) -> Iterator[tuple[str, str]]:
    environment = findings.header.environment
    for title, keys in _GROUPS.items():
        known = [(key, environment[key]) for key in keys if key in environment]
        if known:
            yield title, ", ".join(_FORMATS.get(key, "{}").format("not known" if v is None else v) for key, v in known)
    for key in sorted(environment.keys() - FACT_NAMES.keys() - _TOLD_ELSEWHERE):
        if environment[key] is not None:
            yield key, str(environment[key])
    if servers := dict.fromkeys(_list_postgresql(findings)):
        yield "PostgreSQL, read back from inside", ", ".join(servers)
    versions = environment.get("versions")
    if isinstance(versions, Mapping) and versions:
        yield (
            "versions",
            ", ".join(f"{name} {version or 'not installed'}" for name, version in sorted(versions.items())),
        )
    plan = findings.header.plan
    only = f", only {', '.join(plan.only)}" if plan.only else ""
    yield "run", f"profile {plan.profile or 'none'}{only}, at most {counted(plan.blocks, 'block')}, seed {plan.seed}"


def _list_postgresql(findings: Findings) -> Iterator[str]:
    """Yield the versions of the database, as read back in each launch that used one."""
    for found in findings.launches:
        version = found.in_force.versions.get("postgresql") if found.in_force else None
        if version is not None:
            yield version
