"""Answers, but so slowly that nobody lives to see the end of it."""

from tests.broken_servers.inside.script import running

server = running(
    """
import socket, sys, threading, time

def drip(connection):
    try:
        for byte in b"HTTP/1.1 200 OK" + b" " * 1000:
            connection.sendall(bytes([byte]))
            time.sleep(0.2)
    except OSError:
        pass

listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    threading.Thread(target=drip, args=listener.accept()[:1], daemon=True).start()
"""
)
