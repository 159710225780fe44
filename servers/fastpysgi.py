"""fastpysgi: HTTP in C, one asyncio process; it runs the lifespan's start-up, but serves even if that failed.

Version 0.6 never ends an answer in several pieces, and its forms cannot be parsed: `stream`, `uploads` and most of
`files` fail on it.
"""

from servers.adapter import HOST, Server, Settings

# fastpysgi has no `python -m` form; its console script calls this function.
COMMAND = "from fastpysgi import run_from_cli; run_from_cli()"


def argv(settings: Settings) -> list[str]:
    """Pin nothing: there is one process and one loop."""
    return ["-c", COMMAND, settings.app, "--host", HOST, "--port", str(settings.port)]


server = Server(
    distribution="fastpysgi",
    requires=("fastpysgi>=0.6",),
    argv=argv,
    launch_s=0.5,
    loops=("asyncio",),
    many_workers=False,
    parsers={"_fastpysgi": "llhttp", "fastpysgi": "llhttp"},
)
