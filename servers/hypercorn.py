"""hypercorn: every worker is a child process, even a single one; it exits with 0 even after a failure."""

from servers.adapter import HOST, Server, Settings


def argv(settings: Settings) -> list[str]:
    """Pass no access log option: hypercorn then writes none."""
    return [
        *("-m", "hypercorn", settings.app),
        *("--bind", f"{HOST}:{settings.port}"),
        *("--workers", str(settings.workers), "--worker-class", settings.loop),
    ]


server = Server(
    distribution="hypercorn",
    requires=("hypercorn[uvloop]>=0.18",),
    argv=argv,
    launch_s=0.9,
    http=("1.1", "2"),
    parsers={"hypercorn.protocol.h11": "h11"},
)
