"""How to reach the server that a profile names. Secrets by the name of what holds them, never by value."""

from __future__ import annotations

import re
from datetime import timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator
from typing_extensions import Self

from components.config import Section

ENDPOINT = "KF_PIPELINES_ENDPOINT"  # kfp's own name for it
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LABEL = re.compile(r"[a-z]([-a-z0-9_]{0,61}[a-z0-9])?")  # what Kubernetes and Google Cloud both take
_LABEL_VALUE = re.compile(r"([a-z0-9]([-a-z0-9_]{0,61}[a-z0-9])?)?")


def zone(name: str) -> tzinfo:
    """A time zone by name; UTC even where there is no time zone database."""
    return timezone.utc if name == "UTC" else ZoneInfo(name)


class Authentication(Section):
    """Who asks: at most one of these; none for a port-forward or a cluster without authentication."""

    token_env: str | None = None  # the variable that holds a bearer token
    token_file: str | None = None  # the file that holds one; read anew for each request, for the kubelet renews it
    in_cluster: bool = False  # the service account token that Kubeflow projects into its pods
    iap_client_id: str | None = None  # OAuth client of Google's Identity-Aware Proxy
    cookies_env: str | None = None  # the variable that holds the cookies after a login at Dex

    @model_validator(mode="after")
    def _one_by_name(self) -> Self:
        given = [name for name, value in self if value]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)}: say one of them")
        # The value is not repeated here: it may be the secret.
        for name, value in (("token_env", self.token_env), ("cookies_env", self.cookies_env)):
            if value is not None and not _VARIABLE.fullmatch(value):
                raise ValueError(f"{name} is the NAME of an environment variable, never the secret itself")
        return self


class Server(Section):
    """The server that runs the graph."""

    endpoint: str = ""  # https://...; empty: the variable KF_PIPELINES_ENDPOINT
    ui: str = ""  # what links start with; empty: the endpoint
    namespace: str = ""  # of the person or team, where Kubeflow has several; else empty
    kube_context: str = ""  # of the kubeconfig, for `brandlens profile check` alone; empty: the current one
    kube_namespace: str = ""  # where the steps run, for that, too; empty: namespace, else kubeflow
    auth: Authentication = Authentication()
    ca_file: str | None = None  # certificates that the endpoint's is checked with, if not the public ones
    timeout_s: int = Field(60, ge=1)  # of one request; Kubeflow only
    experiment: str = Field("brandlens", min_length=1)  # Kubeflow only
    service_account: str = ""  # under which the steps run: what it may, they may
    pipeline_root: str = ""  # gs://...: where the small artifacts go; empty: the server's own default
    time_zone: str = "UTC"  # in which the server reads a schedule
    labels: dict[str, str] = Field(default_factory=dict)  # on every pod or job, for the bill
    project: str = ""  # Vertex AI only
    region: str = ""  # Vertex AI only

    @field_validator("endpoint", "ui")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if value and not re.match(r"https?://[^/\s]+", value):
            raise ValueError("must start with https:// or http://")
        return value.rstrip("/")

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        try:
            zone(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("must be a name of the time zone database, for instance Europe/Berlin") from error
        return value

    @field_validator("labels")
    @classmethod
    def _are_labels(cls, values: dict[str, str]) -> dict[str, str]:
        wrong = [key for key, value in values.items() if not (_LABEL.fullmatch(key) and _LABEL_VALUE.fullmatch(value))]
        if wrong:
            raise ValueError(f"{', '.join(wrong)}: lower-case letters, digits, - and _ only, at most 63 of them")
        return values

    def of_others(self, platform: str) -> list[str]:
        """The settings that are given and mean nothing on this platform."""
        elsewhere = {
            "kubeflow": {"project", "region"},
            "vertex": {
                "endpoint", "ui", "namespace", "kube_context", "kube_namespace", "auth", "ca_file", "timeout_s",
                "experiment",
            },
        }.get(platform, set(type(self).model_fields))  # fmt: skip
        return sorted(elsewhere & self.model_fields_set)
