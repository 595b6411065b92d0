"""A proxy before the bucket server that loses, refuses and cuts, one request at a time."""

import gc
import http.client
import socketserver
import threading
import urllib.parse
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass
class Faults:
    """What is to go wrong: (method, fault) are used up in order; what has happened is in seen."""

    upstream: str
    planned: list[tuple[str, str]] = field(default_factory=list)
    seen: list[tuple[str, str]] = field(default_factory=list)
    page_size: int | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self, method, path):
        with self.lock:
            self.seen.append((method, path))
            if self.planned and self.planned[0][0] == method:
                return self.planned.pop(0)[1]
        return ""


class Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def pass_on(self):
        faults = self.server.faults
        fault = faults.next(self.command, self.path)
        length = int(self.headers.get("Content-Length", 0))
        if fault == "cut request":
            self.rfile.read(length // 2)
            self.cut()
            return
        body = self.rfile.read(length)
        if fault.isdigit():
            self.answer(int(fault), {"Content-Type": "application/json"}, b'{"error": {"message": "planned"}}')
            return
        status, headers, content = self.ask_upstream(body)
        if fault == "lost reply":
            self.cut()
        elif fault == "cut reply":
            self.answer(status, headers, content, part=len(content) // 2)
            self.cut()
        else:
            self.answer(status, headers, content)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = pass_on  # noqa: N815

    def ask_upstream(self, body):
        host = urllib.parse.urlsplit(self.server.faults.upstream).netloc
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
        connection = http.client.HTTPConnection(host)
        connection.request(self.command, self.paged(), body, headers)
        reply = connection.getresponse()
        content = reply.read()
        connection.close()
        kept = {name: value for name, value in reply.getheaders() if name.lower() not in ("transfer-encoding", "date")}
        # The address at which a large upload goes on must be ours, too.
        return reply.status, {name: value.replace(host, self.headers["Host"]) for name, value in kept.items()}, content

    def paged(self):
        size, path = self.server.faults.page_size, self.path.split("?")[0]
        if size is None or self.command != "GET" or not path.endswith("/o"):
            return self.path
        return f"{self.path}{'&' if '?' in self.path else '?'}maxResults={size}"

    def answer(self, status, headers, content, part=None):
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:part])

    def cut(self):
        self.close_connection = True
        self.wfile.flush()

    def log_message(self, *arguments):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, faults):
        self.faults = faults
        super().__init__(("127.0.0.1", 0), Proxy)

    def handle_error(self, request, client_address):
        pass  # a client that went away is what we test

    def shutdown_request(self, request):
        socketserver.TCPServer.close_request(self, request)


@pytest.fixture
def faults(bucket_service, bucket, monkeypatch):
    """Requests go through a proxy that follows this plan."""
    from google.cloud.storage.retry import DEFAULT_RETRY

    monkeypatch.setattr(DEFAULT_RETRY, "_initial", 0.01)  # the library's own patience, without its first second
    # A request in the background, for traces that nobody collects, would use up the plan.
    monkeypatch.setenv("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")
    plan = Faults(bucket_service)
    server = Server(plan)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{server.server_port}")
    yield plan
    server.shutdown()
    server.server_close()
    thread.join()
    gc.collect()
