"""Exits with 0 before it has begun."""

from tests.broken_servers.inside.script import running

server = running("print('unknown option --speed')")
