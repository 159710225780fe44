"""What the figures of a cell were bought with: the health of its server, what server and client spent, and how well the
upstream kept up.
"""

from collections.abc import Sequence
from statistics import median

from harness.analysis.figures import Figures
from harness.analysis.findings import Checks, ClientCosts, HealthFinding, ServerCosts, UpstreamFinding
from harness.analysis.times import of_distribution, percentiles

_US_PER_S = 1_000_000
_US_PER_MS = 1000


def health(good: Sequence[Figures]) -> HealthFinding | None:
    """The health checks of all blocks together, or None where none were to be made."""
    found = [figures.health for figures in good if figures.health is not None]
    if not found:
        return None
    return HealthFinding(
        in_async=_checks([us for each in found for us in each.async_us]),
        in_def=_checks([us for each in found for us in each.def_us]),
        unanswered=sum(each.unanswered for each in found),
    )


def _checks(answered_us: Sequence[int]) -> Checks | None:
    if not answered_us:
        return None
    return Checks(len(answered_us), median(answered_us) / _US_PER_MS, max(answered_us) / _US_PER_MS)


def server_costs(good: Sequence[Figures]) -> ServerCosts | None:
    """What the server spent over all blocks, or None where nobody looked."""
    seen = [(figures.server, figures.host) for figures in good if figures.server is not None]
    if not seen:
        return None
    costs = [server for server, _ in seen]
    watched = [(server.cpu_s, host.watched_s) for server, host in seen if host is not None]
    return ServerCosts(
        cpu=_share([cpu_s for cpu_s, _ in watched], [watched_s for _, watched_s in watched]),
        cpu_us_per_request=_us_each([server.cpu_s for server in costs], [server.requests for server in costs]),
        peak_memory_mb=max(server.peak_memory_mb for server in costs),
        threads=max(server.threads for server in costs),
    )


def client_costs(good: Sequence[Figures]) -> ClientCosts:
    """What the client spent over all blocks, of which there is at least one."""
    cpu_s = [figures.client.cpu_s for figures in good]
    memory_mb = [figures.client.peak_memory_mb for figures in good if figures.client.peak_memory_mb is not None]
    return ClientCosts(
        cpu_s=median(cpu_s),
        cpu=sum(cpu_s) / sum(figures.duration_s for figures in good),
        cpu_us_per_request=_us_each(cpu_s, [figures.answered for figures in good]),
        peak_memory_mb=max(memory_mb, default=None),
        send_span_ms=_send_span_ms(good),
    )


def upstream(good: Sequence[Figures]) -> UpstreamFinding | None:
    """How well the upstream kept up over all blocks, None where there was none, or where it answered nothing."""
    seen = [figures.upstream for figures in good if figures.upstream is not None and figures.upstream.answered]
    late = percentiles(of_distribution(each.late) for each in seen)
    if late is None:
        return None
    return UpstreamFinding(
        answered=sum(each.answered for each in seen),
        peak=max(each.peak for each in seen),
        late=late,
        late_max_ms=max(max(each.late.us) for each in seen) / _US_PER_MS,
        cpu=max((each.cpu_s / each.span_s for each in seen if each.span_s), default=0.0),
    )


def _send_span_ms(good: Sequence[Figures]) -> float | None:
    """None for a steady executor, which never sends its last request."""
    spans_s = [figures.client.send_span_s for figures in good if figures.client.send_span_s]
    return 1000 * median(spans_s) if spans_s else None


def _share(parts: Sequence[float], wholes: Sequence[float]) -> float | None:
    return sum(parts) / sum(wholes) if sum(wholes) else None


def _us_each(seconds: Sequence[float], requests: Sequence[int]) -> float | None:
    share_s = _share(seconds, requests)
    return None if share_s is None else share_s * _US_PER_S
