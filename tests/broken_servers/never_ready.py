"""Goes on starting for ever."""

from tests.broken_servers.inside.script import running

server = running("import time; print('warming up', flush=True); time.sleep(600)")
