"""A server on a free port of this machine, and how it answers: what all the protocols have in common."""

import functools
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class LocalHttp:
    def __init__(self, handler):
        """handler: a class of Handler; `server` in it is this."""
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, self))
        self._http.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self):
        self._http.shutdown()
        self._http.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes

    def __init__(self, owner, request, address, _http):
        super().__init__(request, address, owner)  # it answers in here

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.answer()

    do_POST = do_DELETE = do_GET  # noqa: N815

    def answer(self):
        """What a server does with a request: ends with send or cut."""
        raise NotImplementedError

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def send(self, status, body, content_type="application/json", headers=None):
        try:
            self.send_response(status)
            for key, value in {**(headers or {}), "Content-Type": content_type}.items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except ConnectionError:
            self.close_connection = True  # whoever asked has gone

    def cut(self):
        """Close the connection instead of an answer."""
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True
