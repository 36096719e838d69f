"""A receiver of webhooks that keeps what came and answers as it is told."""

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Door:
    """A receiver of webhooks that keeps what came and answers as it is told."""

    def __init__(self, port: int = 0) -> None:
        self.received: queue.Queue[tuple[dict[str, str], bytes]] = queue.Queue()
        self.status = 202
        door = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                door.received.put((dict(self.headers), body))
                self.send_response(door.status)
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/webhooks"

    def next(self) -> tuple[dict[str, str], dict[str, Any]]:
        headers, body = self.received.get(timeout=10)
        return headers, json.loads(body)


@contextmanager
def open_door(port: int = 0) -> Iterator[Door]:
    """Open a door for as long as the block lasts."""
    door = Door(port)
    thread = threading.Thread(target=door.server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield door
    finally:
        door.server.shutdown()
        thread.join()
        door.server.server_close()
