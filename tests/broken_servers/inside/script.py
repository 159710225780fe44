"""A server that is a few lines of Python."""

from servers.adapter import Server, Settings


def running(code: str) -> Server:
    """Run this code; it finds its port in `sys.argv[1]`."""

    def argv(settings: Settings) -> list[str]:
        return ["-c", code, str(settings.port)]

    return Server(distribution="uvicorn", requires=("uvicorn",), argv=argv, launch_s=1.0)
