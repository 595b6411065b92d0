"""Whether some node of a cluster could take a task. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from pipelines.pod import Machine, Toleration
from pipelines.profiles import Profile, TaskName

KEEPS_AWAY = ("NoSchedule", "NoExecute")  # what a taint does to a pod that does not accept it


def remarks(profile: Profile, nodes: Sequence[Any]) -> Iterator[str]:
    """For tasks that ask for the same, what there is for them now. nodes: V1Node of kubernetes."""
    for machine, tasks in _alike(profile):
        yield f"{', '.join(tasks)}: {_found(machine, nodes)}"


def _alike(profile: Profile) -> Iterator[tuple[Machine, list[str]]]:
    """The tasks that ask for certain nodes, together where they ask for the same."""
    groups: dict[str, tuple[Machine, list[str]]] = {}
    for task in get_args(TaskName):
        machine = profile.machine_of(task)
        if machine.node_selector or machine.accelerator or machine.spot:
            asked = machine.model_dump_json(
                include={"node_selector", "accelerator", "spot", "tolerations", "cpu", "memory"}
            )
            groups.setdefault(asked, (machine, []))[1].append(task)
    yield from groups.values()


def _found(machine: Machine, nodes: Sequence[Any]) -> str:
    spot = machine.spot.node_selector if machine.spot else {}
    demanded = {**machine.node_selector, **({} if machine.spot and machine.spot.fallback else spot)}
    labelled = [node for node in nodes if _has(node, demanded)]
    if not labelled:
        return (
            f"no node has {_said(demanded)} now{_others(demanded, nodes)}. A pool that starts from zero shows none; "
            "otherwise correct node_selector"
        )
    accepted = (*machine.tolerations, *(machine.spot.tolerations if machine.spot else ()))
    open_ones = [node for node in labelled if not _refusals(node, accepted)]
    if not open_ones:
        taint = next(iter(_refusals(labelled[0], accepted)))
        return f"every such node refuses pods by the taint {_taint(taint)}: accept it in tolerations"
    lacks = [_lack(node, machine) for node in open_ones]
    if all(lacks):
        return f"{len(open_ones)} nodes, all too small: {lacks[0]}"
    preferred = sum(_has(node, spot) for node in open_ones)
    return f"{len(open_ones)} nodes now" + (f", {preferred} of them spot" if spot else "")


def _has(node: Any, labels: Mapping[str, str]) -> bool:
    return labels.items() <= (node.metadata.labels or {}).items()


def _others(labels: Mapping[str, str], nodes: Sequence[Any]) -> str:
    """What the nodes have in place of what is asked for: a typing error shows."""
    all_labels = [node.metadata.labels or {} for node in nodes]
    there = {key: sorted({each[key] for each in all_labels if key in each}) for key in labels}
    said = [f"{key}={'|'.join(values)}" for key, values in there.items() if values]
    return f" (there is {', '.join(said)})" if said else ""


def _refusals(node: Any, accepted: Sequence[Toleration]) -> list[Any]:
    taints = [taint for taint in node.spec.taints or [] if taint.effect in KEEPS_AWAY]
    return [taint for taint in taints if not any(_accepts(one, taint) for one in accepted)]


def _accepts(toleration: Toleration, taint: Any) -> bool:
    return (
        toleration.key == taint.key
        and toleration.effect in (None, taint.effect)
        and (toleration.operator == "Exists" or toleration.value == (taint.value or ""))
    )


def _lack(node: Any, machine: Machine) -> str:
    """What the node has too little of, empty if it has enough. Other pods are not counted: they come and go."""
    from kubernetes.utils import parse_quantity

    asked = {"cpu": machine.cpu, "memory": machine.memory}
    if machine.accelerator:
        asked[machine.accelerator.type] = str(machine.accelerator.count)
    has = node.status.allocatable or {}
    return ", ".join(
        f"{name} {amount} is asked, {has.get(name, '0')} is there"
        for name, amount in asked.items()
        if amount and parse_quantity(amount) > parse_quantity(has.get(name, "0"))
    )


def _said(labels: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in labels.items()) or "what is asked for"


def _taint(taint: Any) -> str:
    return f"{taint.key}={taint.value}:{taint.effect}" if taint.value else f"{taint.key}:{taint.effect}"
