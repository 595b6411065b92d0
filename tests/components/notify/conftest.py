"""A webhook that listens, and whatever it was told."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from components.notify import delivery


@pytest.fixture
def webhook(monkeypatch):
    """A server on this machine. statuses: of its next answers, then 200. received: what was posted, in order."""
    monkeypatch.setattr(delivery, "BACKOFF_S", 0.001)
    state = SimpleNamespace(statuses=[], received=[], slow=threading.Event(), is_slow=False)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.received.append((self.path, self.headers["Content-Type"], json.loads(body)))
            if state.is_slow:
                state.slow.wait(20)
                return
            status = state.statuses.pop(0) if state.statuses else 200
            self.send_response(status)
            self.send_header("Content-Length", "2")
            if status in (301, 302):
                self.send_header("Location", state.url)
            self.end_headers()
            self.wfile.write(b"ok")

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{http.server_address[1]}/services/s3cret"
    threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield state
    state.slow.set()
    http.shutdown()
    http.server_close()
