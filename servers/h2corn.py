"""h2corn: HTTP in Rust, Python workers; its access log is on by default."""

from servers.adapter import HOST, Server, Settings


def argv(settings: Settings) -> list[str]:
    """Turn the access log off."""
    return [
        *("-m", "h2corn", settings.app),
        *("--host", HOST, "--port", str(settings.port)),
        *("--workers", str(settings.workers), "--loop", settings.loop),
        "--no-access-log",
    ]


server = Server(
    distribution="h2corn",
    requires=("h2corn>=2.0", "uvloop>=0.22"),
    argv=argv,
    launch_s=0.7,
    http=("1.1", "2"),
    parsers={"h2corn": "h2corn"},
)
