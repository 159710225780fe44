"""uvicorn: a single worker serves in the process that was started; several have a supervisor.

With several workers on the asyncio loop, answers on kept-alive connections take about 40 ms longer than on uvloop,
because the sockets that the workers share lack TCP_NODELAY there.
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
