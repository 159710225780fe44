"""Servers broken on purpose, one file each, like those of `servers/`."""
