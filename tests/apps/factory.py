"""A factory of a plain ASGI app that, like Django, raises where it is asked for a lifespan; and others that fail."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Send = Callable[[Scope], Awaitable[None]]


async def plain(scope: Scope, _receive: object, send: Send) -> None:
    if scope["type"] != "http":
        raise ValueError(f"can only handle HTTP connections, not {scope['type']}")
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"plain"})


def create_app() -> Any:
    return plain


def create_in_vain() -> Any:
    raise LookupError("no settings")


def wsgi(_environ: object, _start_response: object) -> list[bytes]:
    return []
