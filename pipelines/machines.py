"""Puts a task on the machine that the profile names for it."""

from __future__ import annotations

from typing import Any

from kfp import dsl, kubernetes

from components import containers, rates, runs
from components.notify.settings import VARIABLE
from components.rates import Rates
from pipelines.pod import Machine, Spot
from pipelines.profiles import Profile, TaskName
from pipelines.server import links

# Tasks that must run anew: ingest looks at a folder that changes, check and all from evaluate on depend on the champion
# that is served at this moment, and a summary belongs to one run.
UNCACHED: frozenset[TaskName] = frozenset({"ingest", "check", "evaluate", "gate", "report", "verify", "push", "notify"})
# Tasks that say what GPUs cost: those that may hold some, while they work, and the report.
PRICED: tuple[TaskName, ...] = ("tune", "train", "evaluate", "report")
BACKOFF_FACTOR = 2.0  # each wait before a retry is so many times the one before
UNLIMITED_S = 7 * 86400  # taken for an attempt without a timeout
STRONGEST = 100  # of a preference among nodes
RUN_ID_OF_A_POD = "metadata.labels['pipeline/runid']"  # Kubeflow puts it there


def place(profile: Profile, component: Any, **inputs: Any) -> Any:
    """Call a component inside a pipeline and give its task image, resources, retries and caching; returns the task."""
    task: dsl.PipelineTask = component(**inputs)
    machine = profile.machine_of(component.name)
    needs_gpu_image = component.component_spec.implementation.container.image == containers.GPU
    task.set_container_image(profile.images.gpu if needs_gpu_image else profile.images.data)
    task.set_caching_options(component.name not in UNCACHED)
    if machine.cpu:
        task.set_cpu_request(machine.cpu).set_cpu_limit(machine.cpu)
    if machine.memory:
        task.set_memory_request(machine.memory).set_memory_limit(machine.memory)
    if machine.accelerator:
        # A count without a type compiles and is ignored: both come from one object.
        task.set_accelerator_type(machine.accelerator.type).set_accelerator_limit(machine.accelerator.count)
    if machine.retries:
        longest = f"{_all_attempts_s(machine)}s" if profile.platform == "kubeflow" else None
        task.set_retry(machine.retries, f"{machine.retry_backoff_s}s", BACKOFF_FACTOR, backoff_max_duration=longest)
    if component.name == "notify" and profile.notification:
        # A variable and no parameter: nobody should change it in a form, and cached steps have nothing to do with it.
        link = profile.notification.link or links.of_run(profile)
        task.set_env_variable(VARIABLE, profile.notification.model_copy(update={"link": link}).model_dump_json())
    if component.name in PRICED and (told := rates_of(profile)).gpus:
        # A variable for the same reason: what something costs does not change what comes out.
        task.set_env_variable(rates.VARIABLE, told.model_dump_json(exclude_none=True))
    if profile.platform == "kubeflow":
        _place_on_kubernetes(task, machine)
        # A step learns from its pod which run it belongs to: as a parameter the run's id would defeat the cache.
        kubernetes.use_field_path_as_env(task, runs.RUN_ID, RUN_ID_OF_A_POD)
        for key, value in sorted(profile.server.labels.items()):
            kubernetes.add_pod_label(task, key, value)
    return task


def rates_of(profile: Profile) -> Rates:
    """The GPUs of the tasks that hold some, and the profile's price."""
    machines = {name: profile.machine_of(name).accelerator for name in PRICED}
    gpus = {name: accelerator.count for name, accelerator in machines.items() if accelerator}
    return Rates(gpus=gpus, price_per_gpu_hour=profile.price_per_gpu_hour)


def run_id_on(platform: str) -> str:
    """What stands for the run's id in a task's inputs, for the task that is never cached."""
    # Vertex AI also numbers its runs; the id that `brandlens submit` and the console know is the name.
    return dsl.PIPELINE_JOB_NAME_PLACEHOLDER if platform == "vertex" else dsl.PIPELINE_JOB_ID_PLACEHOLDER


def _all_attempts_s(machine: Machine) -> int:
    """How long all attempts of a task may take together, with the waits between them, in seconds.

    Argo counts this from the start of the first attempt, ends what is running then, and starts no other: kfp's default
    of an hour would leave a step that works for longer without a retry.
    """
    waits = machine.retry_backoff_s * (int(BACKOFF_FACTOR) ** machine.retries - 1)
    return (machine.timeout_s or UNLIMITED_S) * (machine.retries + 1) + waits


def _place_on_kubernetes(task: dsl.PipelineTask, machine: Machine) -> None:
    for key, value in sorted(machine.node_selector.items()):
        kubernetes.add_node_selector(task, key, value)
    for taint in (*machine.tolerations, *(machine.spot.tolerations if machine.spot else ())):
        kubernetes.add_toleration(task, taint.key, taint.operator, taint.value, taint.effect)
    if machine.spot:
        _prefer(task, machine.spot)
    if machine.shared_memory:
        kubernetes.empty_dir_mount(task, "dshm", "/dev/shm", medium="Memory", size_limit=machine.shared_memory)  # noqa: S108
    for volume in machine.volumes:
        kubernetes.mount_pvc(task, volume.claim, volume.mount, volume.sub_path)
    for secret in machine.secrets:
        for variable, key in sorted(secret.env.items()):
            kubernetes.use_secret_as_env(task, secret.name, {key: variable})
        if secret.mount:
            kubernetes.use_secret_as_volume(task, secret.name, secret.mount)
    if machine.timeout_s:
        kubernetes.set_timeout(task, machine.timeout_s)


def _prefer(task: dsl.PipelineTask, spot: Spot) -> None:
    """Spot nodes if there are any, or only those."""
    if not spot.fallback:
        for key, value in sorted(spot.node_selector.items()):
            kubernetes.add_node_selector(task, key, value)
        return
    wanted = [{"key": key, "operator": "In", "values": [value]} for key, value in sorted(spot.node_selector.items())]
    kubernetes.add_node_affinity(task, match_expressions=wanted, weight=STRONGEST)
