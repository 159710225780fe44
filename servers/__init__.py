"""The ASGI servers, one file each; `servers.adapter` says what such a file holds."""
