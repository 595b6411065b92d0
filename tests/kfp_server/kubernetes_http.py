"""What `brandlens profile check` asks of a Kubernetes API server, on a free port, and a kubeconfig for it."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import yaml
from local_http import Handler, LocalHttp

METADATA_ONLY = "as=PartialObjectMetadata"
KINDS = {"namespaces": "Namespace", "serviceaccounts": "ServiceAccount", "secrets": "Secret",
         "persistentvolumeclaims": "PersistentVolumeClaim", "nodes": "Node"}  # fmt: skip
ONE = re.compile(r"/api/v1/(?:namespaces/(?P<namespace>[^/]+)/)?(?P<kind>[a-z]+)(?:/(?P<name>[^/]+))?")


class KubernetesHttp(LocalHttp):
    def __init__(self):
        self.objects = {}  # (kind, namespace or None, name) -> object
        self.forbidden = set()  # kinds that the person may not read
        self.broken = {}  # kind -> status
        self.token = "kube-token"
        self.requests = []  # (path, whether it asked for metadata only)
        self.page = 2
        super().__init__(Asked)

    def put(self, kind, name, namespace=None, **fields):
        """Make an object; its kind in the plural, as in the path."""
        labels = fields.pop("labels", {})
        metadata = {"name": name, "labels": labels, **({"namespace": namespace} if namespace else {})}
        value = {"apiVersion": "v1", "kind": KINDS[kind], "metadata": metadata, **fields}
        self.objects[kind, namespace, name] = value

    def kubeconfig(self, path, token=None, endpoint=None):
        """Write one with two contexts: `here`, the current one, and `nowhere`."""
        path.write_text(yaml.safe_dump({
            "apiVersion": "v1", "kind": "Config", "current-context": "here",
            "clusters": [{"name": "c", "cluster": {"server": endpoint or self.endpoint}},
                         {"name": "n", "cluster": {"server": "http://127.0.0.1:9"}}],
            "users": [{"name": "u", "user": {"token": token or self.token}}],
            "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}},
                         {"name": "nowhere", "context": {"cluster": "n", "user": "u"}}],
        }))  # fmt: skip
        return str(path)

    def act(self, path, query, headers):
        """(status, value)"""
        brief = METADATA_ONLY in headers.get("Accept", "")
        self.requests.append((path, brief))
        if headers.get("Authorization") != f"Bearer {self.token}":
            return _status(401, "Unauthorized", "Unauthorized")
        found = ONE.fullmatch(path)
        kind, name = (found["kind"], found["name"]) if found else ("", "")
        if kind in self.broken:
            return _status(self.broken[kind], "InternalError", "etcd is away")
        if kind in self.forbidden:
            return _status(403, "Forbidden", f'{kind} "{name}" is forbidden: User "u" cannot get resource')
        if name is None:
            return self._list(kind, query)
        value = self.objects.get((kind, found["namespace"], name))
        if value is None:
            return _status(404, "NotFound", f'{kind} "{name}" not found')
        if brief:
            return 200, {"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": value["metadata"]}
        return 200, value

    def _list(self, kind, query):
        items = [value for (one, _, _), value in self.objects.items() if one == kind]
        begin = int(query.get("continue", ["0"])[0])
        end = begin + min(self.page, int(query["limit"][0]))
        more = {"continue": str(end)} if end < len(items) else {}
        return 200, {"apiVersion": "v1", "kind": f"{KINDS[kind]}List", "metadata": more, "items": items[begin:end]}


def _status(code, reason, message):
    return code, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason,
                  "message": message}  # fmt: skip


class Asked(Handler):
    def answer(self):
        parts = urlsplit(self.path)
        status, value = self.server.act(parts.path, parse_qs(parts.query), self.headers)
        self.send(status, json.dumps(value).encode())
