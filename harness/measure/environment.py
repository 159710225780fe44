"""The machine and the software that a run is measured with."""

import hashlib
import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

from harness.matrix.apps import distributions
from harness.matrix.catalog import server_catalog
from harness.matrix.database import find_url_template, needs_postgres
from harness.matrix.support import needs
from harness.measure.process import list_allowed_cores, split_cores
from harness.model.journal import list_changes
from harness.model.plan import Plan

HARNESS = "asgi-matrix"
LIBRARIES = ("aiohttp", "anyio", "fastapi", "h11", "httptools", "pydantic", "pyyaml", "starlette", "uvloop")
MEASURES = ("harness", "scenarios", "servers", "pyproject.toml")
"""The parts of a checkout that affect the figures."""

DECISIVE = ("host", "cpu", "cores_allowed", "kernel", "implementation", "python", "harness", "versions", "database")
"""The facts that must agree for figures to be combined."""

GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
CPU_INFO = Path("/proc/cpuinfo")
MACHINE_ID = Path("/etc/machine-id")
"""The identity that Linux gives a machine when it is set up; it is confidential (machine-id(5))."""


def describe_environment(plan: Plan) -> dict[str, Any]:
    """Return what a reader needs to judge the figures, and to compare them with another run.

    `host` tells machines apart without naming them. Unknown facts are None.
    """
    allowed = list_allowed_cores()
    servers = {server_catalog()[variant.server].distribution for variant in plan.variants.values()}
    styles = {(cell.launch.scenario, cell.style) for cell in plan.cells}
    used = {each for scenario, style in styles for each in distributions(needs(scenario, style, plan.apps))}
    return {
        "cpu": _read_cpu_model(),
        "cores": os.cpu_count(),
        "cores_allowed": None if allowed is None else len(allowed),
        # Empty if client and server share all cores.
        "client_cores": list(split_cores(plan.load.processes).client),
        "memory_mb": psutil.virtual_memory().total // 2**20,
        "governor": first_line(GOVERNOR),
        "os": platform.system(),
        "kernel": platform.release(),
        "implementation": platform.python_implementation(),
        "python": platform.python_version(),
        "harness": _find_version(HARNESS),
        "commit": _find_commit(),
        "versions": {name: _find_version(name) for name in sorted({*LIBRARIES, *servers, *used})},
        "host": hash_host(platform.node(), _read_cpu_model(), first_line(MACHINE_ID)),
        "database": _describe_database(plan),
    }


def hash_host(name: str, cpu: str | None, machine_id: str | None) -> str:
    """Return a hash that tells a machine apart and reveals nothing; machines of one name have different ids."""
    return hashlib.sha256(f"{HARNESS}/{name}/{cpu}/{machine_id}".encode()).hexdigest()[:12]


def list_differences(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Return, in words, why figures measured in two environments must not be combined."""
    found = list_changes(*({name: facts.get(name) for name in DECISIVE} for facts in (before, now)))
    return [f"{change.what} has changed from {change.before} to {change.now}" for change in found]


def _describe_database(plan: Plan) -> str | None:
    """Return which PostgreSQL is used; None if none is."""
    if not any(needs_postgres(cell.launch.scenario) for cell in plan.cells):
        return None
    if find_url_template(plan.database, os.environ) is None:
        return "a private PostgreSQL"
    return f"a PostgreSQL that the {'matrix' if plan.database else 'environment'} names"


def _read_cpu_model() -> str | None:
    names = [line for line in text(CPU_INFO).splitlines() if line.startswith("model name")]
    return names[0].partition(":")[2].strip() if names else platform.processor() or None


def _find_version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _find_commit() -> str | None:
    """Return the commit of the checkout that the harness runs from, with `-dirty` if what measures was changed.

    Reports are ignored, because every run writes some into its own checkout. None if it does not run from a checkout.
    """
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        return None
    git = ["git", "-C", str(root)]
    try:
        described = _read_output([*git, "describe", "--always", "--exclude=*"])
        changed = _read_output([*git, "diff", "--name-only", "HEAD", "--", *MEASURES])
    except (OSError, subprocess.SubprocessError):
        return None
    return f"{described}-dirty" if changed else described


def _read_output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()


def first_line(path: Path) -> str | None:
    """Return the first line of a file; None if it is empty or cannot be read."""
    return text(path).partition("\n")[0] or None


def text(path: Path) -> str:
    """Return the text of a file; empty if it cannot be read."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
