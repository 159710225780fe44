"""Exits when told to, but leaves a child behind that hears no SIGTERM and keeps the port."""

from tests.broken_servers.inside.script import running

server = running(
    """
import os, signal, socket, sys, time

listener = socket.socket()
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen()
if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("child", os.getpid(), flush=True)
time.sleep(600)
"""
)
