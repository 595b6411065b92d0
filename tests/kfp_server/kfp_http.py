"""A Kubeflow Pipelines server on a free port: version v2beta1 of the API over HTTP, with faults on demand."""

import json
import re
import threading
import time
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qsl, urlsplit

from kfp_state import Refusal, State, write
from local_http import Handler, LocalHttp

BASE = "/apis/v2beta1"
LOGIN = b"<!doctype html><title>Log in</title>"


@dataclass
class Fault:
    """What happens instead of an answer to the next requests that match."""

    method: str
    path: str  # a regular expression that the end of the path matches
    status: int = 0  # answer so ...
    cut: bool = False  # ... or close the connection
    slow_s: float = 0.0  # ... or answer after so many seconds; with cut: act so long after it
    acted: bool = False  # whether the server does what was asked nevertheless
    times: int = 1
    headers: dict = field(default_factory=dict)


class KfpServer(LocalHttp):
    def __init__(self):
        self.state, self.faults, self.requests = State(), [], []
        self.token = self.cookie = None  # what a request must carry
        self.login_page = ""  # "redirect" or "page": how a proxy meets those who do not
        self._lock = threading.Lock()
        super().__init__(Asked)

    def fault(self, method, path, **values):
        self.faults.append(Fault(method, path, **values))

    def count(self, method, path):
        """How many requests came."""
        return sum(one == method and re.search(f"{path}$", other) is not None for one, other in self.requests)

    def take_fault(self, method, path):
        with self._lock:
            self.requests.append((method, path))
            for fault in self.faults:
                if fault.times and fault.method == method and re.search(f"{fault.path}$", path):
                    fault.times -= 1
                    return fault
        return None

    def admits(self, headers):
        return (self.token is None or headers.get("Authorization") == f"Bearer {self.token}") and (
            self.cookie is None or headers.get("Cookie") == self.cookie
        )

    def act(self, method, path, query, headers, body):
        """Do what was asked; returns the answer's value."""
        if not path.startswith(BASE):
            raise Refusal(404, "Not Found")
        for way, pattern, operation in ROUTES:
            found = re.fullmatch(pattern, path.removeprefix(BASE))
            if way == method and found:
                with self._lock:
                    return operation(self.state, found, query, headers, body)
        raise Refusal(404, "Not Found")


def _upload(state, _, query, headers, body):
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode() + body)
    (part,) = message.iter_parts()
    assert part.get_param("name", header="content-disposition") == "uploadfile"
    return state.upload_version(part.get_payload(decode=True), query["name"], query["pipelineid"])


ROUTES = [
    ("GET", "/healthz", lambda state, *_: state.health()),
    ("GET", "/experiments", lambda state, found, query, *_: state.list_experiments(query)),
    ("POST", "/experiments", lambda state, *rest: state.create_experiment(rest[-1])),
    ("GET", "/pipelines", lambda state, found, query, *_: state.list_pipelines(query)),
    ("POST", "/pipelines", lambda state, *rest: state.create_pipeline(rest[-1])),
    ("POST", "/pipelines/upload_version", _upload),
    ("GET", "/pipelines/([^/]+)/versions", lambda state, found, query, *_: state.list_versions(query, found[1])),
    ("GET", "/pipelines/[^/]+/versions/([^/]+)", lambda state, found, *_: state.get_version(found[1])),
    ("GET", "/runs", lambda state, found, query, *_: state.list_runs(query)),
    ("POST", "/runs", lambda state, *rest: state.create_run(rest[-1])),
    ("GET", "/runs/([^/:]+)", lambda state, found, *_: state.get_run(found[1])),
    ("POST", "/runs/([^/:]+):terminate", lambda state, found, *_: state.terminate_run(found[1])),
    ("GET", "/recurringruns", lambda state, found, query, *_: state.list_recurring(query)),
    ("POST", "/recurringruns", lambda state, *rest: state.create_recurring(rest[-1])),
    ("POST", "/recurringruns/([^/:]+):enable", lambda state, found, *_: state.switch_recurring(found[1], "ENABLED")),
    ("POST", "/recurringruns/([^/:]+):disable", lambda state, found, *_: state.switch_recurring(found[1], "DISABLED")),
    ("DELETE", "/recurringruns/([^/:]+)", lambda state, found, query, *_: state.delete_recurring(found[1], query)),
]


class Asked(Handler):
    def answer(self):
        body, parts = self.body(), urlsplit(self.path)
        fault = self.server.take_fault(self.command, parts.path)
        if not self.server.admits(self.headers):
            self._refuse_entry()
            return
        if fault is None or fault.acted:
            answer = self._answer(parts, body)
        if fault and fault.cut:
            if fault.slow_s:
                threading.Timer(fault.slow_s, self._answer, (parts, body)).start()
            self.cut()
        elif fault and fault.status:
            self.send(fault.status, _words(f"injected {fault.status}"), headers=fault.headers)
        else:
            if fault:
                time.sleep(fault.slow_s)
                answer = answer if fault.acted else self._answer(parts, body)
            self.send(*answer)

    def _answer(self, parts, body):
        query = dict(parse_qsl(parts.query))
        try:
            return 200, write(self.server.act(self.command, parts.path, query, self.headers, body))
        except Refusal as refusal:
            return refusal.status, json.dumps(refusal.body()).encode()

    def _refuse_entry(self):
        if self.server.login_page == "redirect":
            self.send(302, b"", headers={"Location": "/dex/auth"})
        elif self.server.login_page == "page":
            self.send(200, LOGIN, content_type="text/html; charset=utf-8")
        else:
            self.send(401, _words("Request header error: there is no user identity header."))


def _words(message):
    return json.dumps(Refusal(0, message).body()).encode()
