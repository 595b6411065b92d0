"""What one task asks of the machine that it runs on. On Kubernetes that is a pod."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Literal

from pydantic import Field, model_validator
from typing_extensions import Self

from components.config import Section

_CPU = r"^\d+(\.\d+)?m?$"
_BYTES = r"^\d+(\.\d+)?(Ki|Mi|Gi|Ti|K|M|G|T)$"
_NAME = r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$"  # of an object of Kubernetes
_ABSOLUTE = r"^/[^:]+$"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")  # of a secret's data


class Accelerator(Section):
    """GPUs of one pod."""

    type: str = Field(min_length=1)  # the resource or product name: nvidia.com/gpu, NVIDIA_TESLA_T4
    count: int = Field(1, ge=1, le=16)


class Toleration(Section):
    """A taint that a pod accepts; as in Kubernetes."""

    key: str
    operator: Literal["Equal", "Exists"] = "Exists"
    value: str | None = None
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None

    @model_validator(mode="after")
    def _value_belongs_to_equal(self) -> Self:
        if (self.value is not None) != (self.operator == "Equal"):
            raise ValueError(
                f"operator {self.operator} with value {self.value!r}: Equal needs a value, Exists has none"
            )
        return self


class Spot(Section):
    """Nodes that cost less and may be taken away at any moment."""

    node_selector: dict[str, str] = Field(min_length=1)  # the labels that tell them
    tolerations: tuple[Toleration, ...] = ()  # beside those of the task
    fallback: bool = True  # take other nodes where there is no such one; False: wait for one


class Volume(Section):
    """A persistent volume claim that is there, in a folder of the task."""

    claim: str = Field(pattern=_NAME)
    mount: str = Field(pattern=_ABSOLUTE)
    sub_path: str = ""  # a folder of the volume; empty: all of it


class Secret(Section):
    """A secret of Kubernetes, by its name: what is in it never stands in a profile."""

    name: str
    env: dict[str, str] = Field(default_factory=dict)  # variable of the task -> key of the secret
    mount: str | None = Field(None, pattern=_ABSOLUTE)  # a folder of the task, with one file for each key

    @model_validator(mode="after")
    def _by_name(self) -> Self:
        # Here and not at the fields: what is wrong is then not repeated, and it may be the secret itself.
        if not re.fullmatch(_NAME, self.name):
            raise ValueError("name is the NAME of a secret of Kubernetes, never what is in it")
        if not all(_VARIABLE.fullmatch(variable) and _KEY.fullmatch(key) for variable, key in self.env.items()):
            raise ValueError("env maps the NAME of a variable to the NAME of a key of the secret")
        if not (self.env or self.mount):
            raise ValueError("say where it goes: `env: {VARIABLE: key}` or `mount: /folder`")
        return self


class Machine(Section):
    """What one task asks for; None leaves it to the platform."""

    cpu: str | None = Field(None, pattern=_CPU)
    memory: str | None = Field(None, pattern=_BYTES)
    accelerator: Accelerator | None = None
    node_selector: dict[str, str] = Field(default_factory=dict)
    tolerations: tuple[Toleration, ...] = ()
    spot: Spot | None = None
    shared_memory: str | None = Field(None, pattern=_BYTES)  # size of /dev/shm
    volumes: tuple[Volume, ...] = ()
    secrets: tuple[Secret, ...] = ()
    timeout_s: int | None = Field(None, ge=1)
    retries: int = Field(0, ge=0, le=10)
    retry_backoff_s: int = Field(60, ge=0)

    @model_validator(mode="after")
    def _each_place_once(self) -> Self:
        mounts = [volume.mount for volume in self.volumes] + [one.mount for one in self.secrets if one.mount]
        if twice := _twice(mount.rstrip("/") for mount in mounts) + _twice(self.variables()):
            raise ValueError(f"{', '.join(twice)}: filled twice")
        return self

    def variables(self) -> list[str]:
        """The names of the variables that secrets fill."""
        return [variable for secret in self.secrets for variable in secret.env]


def _twice(values: Iterable[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]
