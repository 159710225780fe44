"""gunicorn with its own ASGI worker; it takes a second or two to stop."""

from servers.adapter import HOST, Server, Settings


def argv(settings: Settings) -> list[str]:
    """Turn the control socket off: all gunicorns of a user share it."""
    return [
        *("-m", "gunicorn", settings.app, "--worker-class", "asgi"),
        *("--bind", f"{HOST}:{settings.port}"),
        *("--workers", str(settings.workers), "--asgi-loop", settings.loop),
        "--no-control-socket",
    ]


server = Server(
    distribution="gunicorn",
    requires=("gunicorn>=27.0", "uvloop>=0.22"),
    argv=argv,
    launch_s=1.6,
    parsers={"gunicorn_h1c": "gunicorn_h1c", "gunicorn.asgi.parser": "gunicorn"},
)
