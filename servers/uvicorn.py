"""uvicorn: with one worker it serves in the process that was started; with more, a supervisor keeps them.

With more workers on the asyncio loop, answers over kept-alive connections have been seen to take about 40 ms longer
than on uvloop: the sockets that the workers share come without TCP_NODELAY there.
"""

from servers.adapter import HOST, Server, Settings


def argv(settings: Settings) -> list[str]:
    """Pin loop and parser, which uvicorn otherwise chooses by what is installed."""
    return [
        *("-m", "uvicorn", settings.app),
        *("--host", HOST, "--port", str(settings.port)),
        *("--workers", str(settings.workers), "--loop", settings.loop),
        *("--http", "httptools", "--no-access-log"),
    ]


server = Server(
    distribution="uvicorn",
    requires=("uvicorn[standard]>=0.54",),
    argv=argv,
    launch_s=0.9,
    parsers={
        "uvicorn.protocols.http.httptools_impl": "httptools",
        "uvicorn.protocols.http.h11_impl": "h11",
    },
)
