"""Somebody else on our port, who answers with 200 to everything."""

from tests.broken_servers.inside.script import running

server = running(
    """
import http.server, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"token": "not yours", "workers": [1]}')

http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
)
