"""The machine and the software that a run is measured with."""

import hashlib
import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

from harness.matrix.catalog import server_catalog
from harness.matrix.database import template_of, uses_one
from harness.matrix.places import distributions
from harness.matrix.planner import needs
from harness.measure.process import list_allowed_cores, split_cores
from harness.model.environment import changes
from harness.model.plan import Plan

HARNESS = "asgi-matrix"
LIBRARIES = ("aiohttp", "anyio", "fastapi", "h11", "httptools", "pydantic", "pyyaml", "starlette", "uvloop")
MEASURES = ("harness", "scenarios", "servers", "pyproject.toml")
"""What of a checkout has a part in the figures."""

GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
CPU_INFO = Path("/proc/cpuinfo")
MACHINE_ID = Path("/etc/machine-id")
"""What Linux gives to a machine when it is set up; it is confidential, by its manual (machine-id(5))."""


def describe_environment(plan: Plan) -> dict[str, Any]:
    """What a reader needs to judge the figures, and another run to be held against this one.

    `host` tells machines apart without naming them. What cannot be found out is None.
    """
    allowed = list_allowed_cores()
    servers = {server_catalog()[variant.server].distribution for variant in plan.variants.values()}
    asked = {(cell.launch.scenario, cell.style) for cell in plan.cells}
    used = {each for scenario, style in asked for each in distributions(needs(scenario, style, plan.apps))}
    return {
        "cpu": _read_cpu_model(),
        "cores": os.cpu_count(),
        "cores_allowed": None if allowed is None else len(allowed),
        # Empty where client and server share all cores.
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
    """What tells a machine apart without saying anything of it: machines that share a name have ids of their own."""
    return hashlib.sha256(f"{HARNESS}/{name}/{cpu}/{machine_id}".encode()).hexdigest()[:12]


def list_differences(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What keeps figures measured in two environments from being put together, in words."""
    decisive = ("host", "cpu", "cores_allowed", "kernel", "implementation", "python", "harness", "versions", "database")
    found = changes(
        *({name: describe_environment.get(name) for name in decisive} for describe_environment in (before, now))
    )
    return [f"{change.what} has changed from {change.before} to {change.now}" for change in found]


def _describe_database(plan: Plan) -> str | None:
    """Whose PostgreSQL is used, None where none is."""
    if not any(uses_one(cell.launch.scenario) for cell in plan.cells):
        return None
    if template_of(plan.database, os.environ) is None:
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
    """The commit of the checkout that the harness runs from, if it runs from one; `-dirty` where what measures differs.

    Reports are left aside: every run writes some into its own checkout.
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
    """The first line of a file, None where there is none or it cannot be read."""
    return text(path).partition("\n")[0] or None


def text(path: Path) -> str:
    """What a file holds, nothing where it cannot be read."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
