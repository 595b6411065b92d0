"""Puts a task on the machine that the profile names for it."""

from __future__ import annotations

from typing import Any

from kfp import dsl, kubernetes

from components import containers, runs
from pipelines.profiles import Machine, Profile, TaskName

# Tasks that must run anew: ingest looks at a folder that changes, evaluate and what follows depends on the champion
# that is served at this moment, and a summary belongs to one run.
UNCACHED: frozenset[TaskName] = frozenset({"ingest", "evaluate", "gate", "report", "verify", "push", "notify"})
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
        task.set_retry(machine.retries, backoff_duration=f"{machine.retry_backoff_s}s", backoff_factor=2.0)
    if profile.platform == "kubeflow":
        _place_on_kubernetes(task, machine)
        # A step learns from its pod which run it belongs to: as a parameter the run's id would defeat the cache.
        kubernetes.use_field_path_as_env(task, runs.RUN_ID, RUN_ID_OF_A_POD)
        for key, value in sorted(profile.server.labels.items()):
            kubernetes.add_pod_label(task, key, value)
    return task


def _place_on_kubernetes(task: dsl.PipelineTask, machine: Machine) -> None:
    for key, value in sorted(machine.node_selector.items()):
        kubernetes.add_node_selector(task, key, value)
    for taint in machine.tolerations:
        kubernetes.add_toleration(task, taint.key, taint.operator, taint.value, taint.effect)
    if machine.shared_memory:
        kubernetes.empty_dir_mount(task, "dshm", "/dev/shm", medium="Memory", size_limit=machine.shared_memory)  # noqa: S108
    if machine.timeout_s:
        kubernetes.set_timeout(task, machine.timeout_s)
