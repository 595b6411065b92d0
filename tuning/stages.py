"""Where a backbone is cut: the single tensor between its frozen and its unfrozen part."""

from __future__ import annotations

from typing import Any

from tuning.backbones import OUTPUT, Backbone


def cut(network: Any, backbone: Backbone, unfrozen_stages: int) -> Any:
    """The tensor (n, height, width, channels) that enters the top unfrozen_stages stages of the built network.

    0 gives the network's output, the number of stages gives its input.
    Raises ValueError if unfrozen_stages is out of range, or if the installed Keras builds another graph.
    """
    backbone.check_depth(unfrozen_stages)
    kept = len(backbone.stages) - unfrozen_stages
    if kept == 0:
        return network.inputs[0]
    return end_of(network, backbone.stages[kept - 1].ends_at)


def end_of(network: Any, ends_at: str) -> Any:
    """The tensor at which a stage ends. Raises ValueError if the network has no such operation."""
    if ends_at == OUTPUT:
        return network.outputs[0]
    # `operations`, not `layers`: ConvNeXt adds its residuals with an operation that is no layer.
    kind, _, ordinal = ends_at.partition("#")
    if ordinal:
        found = [operation for operation in network.operations if type(operation).__name__ == kind]
        found = found[int(ordinal) - 1 : int(ordinal)]
    else:
        found = [operation for operation in network.operations if operation.name == ends_at]
    if len(found) != 1:
        raise ValueError(f"{network.name} has no operation {ends_at}: the installed Keras builds another graph.")
    return found[0].output
