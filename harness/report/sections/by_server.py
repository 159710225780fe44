"""The evidence for the figures, folded away by server."""

from collections.abc import Iterator

from harness.analysis.findings import Findings
from harness.report.sections import costs, proof, ratios
from harness.report.writing.markdown import details
from harness.report.writing.numbers import listed

_READING = (
    "What was in force inside each server, what it cost, and how `def` compares with `async` at every load. Nothing is "
    "claimed here: among many intervals of 95% each, some miss."
)


def section(findings: Findings) -> str | None:
    """Return a folded part per server; None if the plan has no server."""
    parts = [details(_summary(server, findings), "\n\n".join(_body(server, findings))) for server in servers(findings)]
    return "\n\n".join(["## Server by server", _READING, *parts]) if parts else None


def servers(findings: Findings) -> list[str]:
    """Return the names of all planned servers, those of the A/A control last."""
    return list(
        dict.fromkeys(
            [
                *(finding.cell.launch.server for finding in findings.cells),
                *(found.launch.server for found in findings.launches),
            ]
        )
    )


def _summary(server: str, findings: Findings) -> str:
    versions = dict.fromkeys(
        found.version for found in findings.launches if found.launch.server == server and found.version
    )
    return f"{server} {listed(list(versions))}" if versions else server


def _body(server: str, findings: Findings) -> Iterator[str]:
    yield from proof.render_proof(server, findings)
    yield from costs.render_costs(server, findings)
    yield from ratios.render_ratios(server, findings)
