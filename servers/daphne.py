"""daphne: asyncio under Twisted, one process, no lifespan; it drops pending requests when it stops."""

from servers.adapter import HOST, Server, Settings


def argv(settings: Settings) -> list[str]:
    """Set verbosity 0, which turns the access log off."""
    return [
        *("-m", "daphne", "--bind", HOST, "--port", str(settings.port)),
        *("--verbosity", "0", settings.app),
    ]


server = Server(
    distribution="daphne",
    requires=("daphne>=4.2",),
    argv=argv,
    launch_s=1.0,
    loops=("asyncio",),
    many_workers=False,
    lifespan=False,
    http=("1.1", "2"),
    parsers={"daphne.http_protocol": "Twisted"},
)
