"""Where a pipeline runs: images, machines, Beam runner. Never what is learned.

A profile is one YAML file: a name of pipelines/profiles/ ("local", "kubeflow", "vertex") or a path to your own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import Field, model_validator
from typing_extensions import Self

from components import config, containers
from components.config import Section
from components.errors import ConfigError
from components.notify.settings import Notification
from pipelines.beam import Service, beam_findings, beam_options
from pipelines.pod import Machine
from pipelines.server.profile import Server

TaskName = Literal[
    "ingest", "preprocess", "check", "tune", "select", "train", "evaluate", "gate", "report", "verify", "push", "notify"
]
# What only a pod of Kubeflow has, and what there is elsewhere.
ON_KUBERNETES_ONLY = {
    "node_selector": "", "tolerations": "", "shared_memory": "", "timeout_s": "",
    "spot": "a step of a pipeline has no scheduling strategy on Vertex AI",
    "volumes": "use gs://bucket/...",
    "secrets": "an address to notify goes into Secret Manager: notification.webhook_secret",
}  # fmt: skip
FOLDER = Path(__file__).parent / "profiles"


class Images(Section):
    """Container images by digest or by version, never `latest`: the server's cache cannot see that it moved."""

    data: str = containers.DATA
    gpu: str = containers.GPU

    @model_validator(mode="after")
    def _pinned(self) -> Self:
        loose = [
            image for image in (self.data, self.gpu) if ":" not in image.rsplit("/", 1)[-1] or image.endswith(":latest")
        ]
        if loose:
            raise ValueError(f"{', '.join(loose)}: name a version or a digest, not `latest`")
        return self


class Profile(Section):
    """Where it runs."""

    platform: Literal["local", "kubeflow", "vertex"]
    raw: str = ""  # default of the pipeline's parameter: gs://bucket/raw or a folder
    data_root: str = ""  # default of the pipeline's parameter
    images: Images = Images()
    beam: Service | None = None  # the service that preprocesses images; None: the step's own pod
    beam_options: tuple[str, ...] = ()  # Beam's further options
    parallel_searches: int = Field(1, ge=1, le=64)  # backbones, or workers of them, tuned at the same time
    machine: Machine = Machine()  # of every task that has none of its own
    machines: dict[TaskName, Machine] = Field(default_factory=dict)  # replaces single fields of `machine`
    server: Server = Server()
    notification: Notification | None = None  # who is told how a run ended
    price_per_gpu_hour: float | None = Field(None, gt=0)  # in your currency; report and summary say what it cost

    @model_validator(mode="after")
    def _platform_can(self) -> Self:
        if self.platform != "kubeflow":
            machines = (self.machine, *self.machines.values())
            asked = sorted({name for machine in machines for name, value in machine if value} & set(ON_KUBERNETES_ONLY))
            if asked:
                instead = "".join(f"; {name}: {ON_KUBERNETES_ONLY[name]}" for name in asked if ON_KUBERNETES_ONLY[name])
                raise ValueError(
                    f"{', '.join(asked)}: only platform kubeflow can give these, not {self.platform}{instead}"
                )
        if beyond := self.server.of_others(self.platform):
            raise ValueError(f"server.{', server.'.join(beyond)}: means nothing on platform {self.platform}")
        return self

    @model_validator(mode="after")
    def _address_is_there(self) -> Self:
        variable = self.notification.webhook_env if self.notification else ""
        if variable and self.platform == "vertex":
            raise ValueError(
                f"notification.webhook_env: nothing fills {variable} on Vertex AI; put the address into Secret Manager "
                "and name it as notification.webhook_secret"
            )
        if variable and self.platform == "kubeflow" and variable not in self.machine_of("notify").variables():
            raise ValueError(
                f"notification.webhook_env: no secret fills {variable}; say which one: "
                f"`machines: {{notify: {{secrets: [{{name: ..., env: {{{variable}: KEY}}}}]}}}}`"
            )
        return self

    @model_validator(mode="after")
    def _beam_can(self) -> Self:
        if found := beam_findings(self.beam, self.images.data, self.data_root, self.beam_options):
            raise ValueError("; ".join(found))
        return self

    def beam_arguments(self) -> list[str]:
        """The command-line options that preprocess gives Beam."""
        return beam_options(self.beam, self.images.data, self.data_root, self.server.labels, self.beam_options)

    def effective(self) -> dict[str, Any]:
        """Everything with its default, and for each task the whole machine."""
        shown = self.model_dump(mode="json", exclude={"machine", "machines"})
        tasks: tuple[TaskName, ...] = get_args(TaskName)
        return {**shown, "machines": {task: self.machine_of(task).model_dump(mode="json") for task in tasks}}

    def machine_of(self, task: TaskName) -> Machine:
        """What a task asks for: its own fields over those of every task."""
        own = self.machines.get(task)
        return self.machine.model_copy(update={key: getattr(own, key) for key in own.model_fields_set} if own else {})


def load(name: str) -> Profile:
    """A profile by name or by path. Raises ConfigError with every finding."""
    path = FOLDER / f"{name}.yaml" if name in names() else Path(name)
    if not path.suffix and not path.exists():
        raise ConfigError("PROFILE", [f"no profile {name!r}: use one of {', '.join(names())} or a path to a YAML file"])
    return config.load(path, Profile)


def remarks(profile: Profile) -> list[str]:
    """What is allowed and yet likely an oversight on a cluster."""
    homeless = [image for image in (profile.images.data, profile.images.gpu) if "/" not in image]
    found = [f"{', '.join(homeless)}: no registry; a node only has what was loaded onto it"] if homeless else []
    found += [f"{key}: empty; each run must name it" for key in ("raw", "data_root") if not getattr(profile, key)]
    return found


def names() -> list[str]:
    """The profiles that come with the package."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))
