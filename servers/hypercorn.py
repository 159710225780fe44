"""hypercorn: every worker is a child process, even a single one; it exits with 0 whatever went wrong."""

from servers.adapter import HOST, Server, Settings


def argv(settings: Settings) -> list[str]:
    """hypercorn writes no access log unless it is told where."""
    return [
        *("-m", "hypercorn", settings.app),
        *("--bind", f"{HOST}:{settings.port}"),
        *("--workers", str(settings.workers), "--worker-class", settings.loop),
    ]


server = Server(
    distribution="hypercorn",
    requirement="hypercorn[uvloop]",
    argv=argv,
    launch_s=1.5,
    http=("1.1", "2"),
    parsers={"hypercorn.protocol.h11": "h11"},
)
