"""granian: HTTP in Rust, Python workers; its `auto` loop prefers rloop, so the loop is always pinned."""

from servers.adapter import HOST, Server, Settings


def argv(settings: Settings) -> list[str]:
    """Name the ASGI interface: granian's default is its own, RSGI."""
    return [
        *("-m", "granian", settings.app, "--interface", "asgi"),
        *("--host", HOST, "--port", str(settings.port)),
        *("--workers", str(settings.workers), "--loop", settings.loop),
        "--no-access-log",
    ]


server = Server(
    distribution="granian",
    requires=("granian[uvloop]>=2.8",),
    argv=argv,
    launch_s=0.7,
    http=("1.1", "2"),
    parsers={"granian._granian": "hyper"},
)
