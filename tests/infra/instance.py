"""One instance behind the proxy: responds with its port, and can die in a request.

The first instance to get `/dies-once` exits at once, and leaves a file that keeps
the other one from exiting.
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Instance(BaseHTTPRequestHandler):
    """Responds to every request with its port."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        if self.path == "/dies-once" and self.first():
            os._exit(1)
        body = str(self.connection.getsockname()[1]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer  # noqa: N815 as the library calls them

    def first(self):
        """Return whether no instance has died yet."""
        try:
            MARK.touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def log_message(self, *_):
        """Log nothing."""


class Listening(ThreadingHTTPServer):
    """The proxy may close a connection early, which is no error."""

    def handle_error(self, *_):
        """Log nothing."""


if __name__ == "__main__":
    port, mark = sys.argv[1:]
    MARK = Path(mark)
    Listening(("127.0.0.1", int(port)), Instance).serve_forever()
