"""What of Vertex AI's REST interface our client uses, on a free port; messages are Google's own types."""

import json
import re
from urllib.parse import parse_qs, urlsplit

from local_http import Handler, LocalHttp

JSON = {"use_integers_for_enums": True}


class VertexHttp(LocalHttp):
    def __init__(self):
        from google.cloud import aiplatform_v1

        self.types, self.jobs, self.schedules, self.requests = aiplatform_v1, {}, {}, []
        self.fault = None  # (method, path, status or None to cut, acted), once
        self.page = 100
        super().__init__(Asked)

    def act(self, method, path, query, body):
        """(status, value) as JSON text."""
        found = re.fullmatch(r"/v1/(projects/p/locations/r)/(pipelineJobs|schedules)(?:/([^:]+))?(?::(\w+))?", path)
        if not found:
            return 404, json.dumps({"error": {"code": 404, "message": f"no {path}"}})
        parent, kind, identity, verb = found.groups()
        things, model = (
            (self.jobs, self.types.PipelineJob) if kind == "pipelineJobs" else (self.schedules, self.types.Schedule)
        )
        if method == "POST" and identity is None:
            identity = query["pipelineJobId"][0] if kind == "pipelineJobs" else str(len(self.requests))
            if identity in things:
                return 409, json.dumps({"error": {"code": 409, "message": f"{identity} already exists"}})
            new = model.from_json(body)
            new.name = f"{parent}/{kind}/{identity}"
            if kind == "schedules":
                new.state = self.types.Schedule.State.ACTIVE
                new.create_time = f"2026-01-01T00:00:{len(things):02}Z"
            things[identity] = new
        elif identity is None:
            begin = int(query.get("pageToken", ["0"])[0])
            shown = list(things.values())[begin : begin + self.page]
            token = str(begin + self.page) if begin + self.page < len(things) else ""
            return 200, json.dumps(
                {kind: [json.loads(model.to_json(one, **JSON)) for one in shown], "nextPageToken": token}
            )
        if identity not in things:
            return 404, json.dumps({"error": {"code": 404, "message": f"{identity} not found"}})
        if verb:
            states = self.types.Schedule.State
            things[identity].state = states.PAUSED if verb == "pause" else states.ACTIVE
            self.catch_up = json.loads(body).get("catchUp", False)
            return 200, "{}"
        if method == "DELETE":
            del things[identity]
            return 200, json.dumps({"name": f"{parent}/operations/1", "done": True})
        return 200, model.to_json(things[identity], **JSON)


class Asked(Handler):
    def answer(self):
        body, parts, server = self.body(), urlsplit(self.path), self.server
        server.requests.append((self.command, parts.path))
        fault = server.fault
        met = fault and fault[0] == self.command and parts.path.endswith(fault[1])
        if met:
            server.fault = None
        if not met or fault[3]:
            answer = server.act(self.command, parts.path, parse_qs(parts.query), body)
        if met and fault[2] is None:
            self.cut()
            return
        status, text = (fault[2], json.dumps({"error": {"code": fault[2], "message": "injected"}})) if met else answer
        self.send(status, text.encode())
