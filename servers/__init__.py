"""The ASGI servers, one file each; `servers.adapter` describes such a file."""
