"""One instance behind the front: says its port, and can die under a request.

Whichever is asked first for `/dies-once` ends there and then, and leaves a mark by
which the other one knows that it need not.
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Instance(BaseHTTPRequestHandler):
    """Answers everything with its port."""

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
        """Whether no instance died so before."""
        try:
            MARK.touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def log_message(self, *_):
        """Say nothing."""


class Listening(ThreadingHTTPServer):
    """A proxy leaves before it has heard everything, and that is no error."""

    def handle_error(self, *_):
        """Say nothing."""


if __name__ == "__main__":
    port, mark = sys.argv[1:]
    MARK = Path(mark)
    Listening(("127.0.0.1", int(port)), Instance).serve_forever()
