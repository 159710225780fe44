"""asgi-matrix: measure `def` against `async def` on every ASGI server, at every thread limit."""
