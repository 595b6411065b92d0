from functools import cache

import keras
import numpy as np
import pytest

from tuning import backbones, stages, weights

SIDE_PX = {"xception": 72, "inception_v3": 75}


@cache
def network(name):
    """A network with random weights, as small as it gets; shared by the tests of this file."""
    return weights.load(
        backbones.get(name), weights.resolve(backbones.get(name), "none"), SIDE_PX.get(name, 32), seed=1
    )


def operations_reached_without(model, removed):
    """Names of operations that the input reaches when one operation is taken out of the graph."""
    reached = set()
    for operation in model.operations:  # in topological order
        if operation is removed:
            continue
        parents = [parent.operation for node in operation._inbound_nodes[:1] for parent in node.parent_nodes]
        if not parents or any(parent.name in reached for parent in parents):
            reached.add(operation.name)
    return reached


@pytest.mark.parametrize("name", backbones.NAMES)
def test_every_path_from_input_to_output_passes_through_every_declared_cut(name):
    model = network(name)
    for stage in backbones.get(name).stages[:-1]:
        end = stages.end_of(model, stage.ends_at)
        assert model.operations[-1].name not in operations_reached_without(model, end._keras_history.operation), stage


@pytest.mark.parametrize("name", backbones.NAMES)
def test_stages_follow_each_other_in_the_graph(name):
    model = network(name)
    ends = [stages.end_of(model, stage.ends_at)._keras_history.operation for stage in backbones.get(name).stages]
    order = [model.operations.index(end) for end in ends]
    assert order == sorted(set(order))
    assert order[-1] == len(model.operations) - 1


@pytest.mark.parametrize("name", backbones.NAMES)
@pytest.mark.parametrize("unfrozen_stages", [0, 1, 2, "all"])
def test_the_two_parts_together_answer_as_the_whole(name, unfrozen_stages):
    model, backbone = network(name), backbones.get(name)
    depth = len(backbone.stages) if unfrozen_stages == "all" else unfrozen_stages
    tensor = stages.cut(model, backbone, depth)
    images = np.random.default_rng(0).normal(size=(2, *model.inputs[0].shape[1:])).astype("float32")
    between = images
    if depth < len(backbone.stages):
        between = keras.Model(model.inputs[0], tensor)(images, training=False)
    after = keras.Model(tensor, model.outputs[0])(between, training=False) if depth else between
    expected = model(images, training=False)
    np.testing.assert_allclose(after, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("name", backbones.NAMES)
def test_stage_names_are_distinct(name):
    names = backbones.get(name).stage_names
    assert len(set(names)) == len(names)


def test_a_second_network_in_the_same_process_is_cut_at_the_same_place():
    backbone = backbones.get("inception_v3")  # its activations and convolutions carry process-wide counters
    second = weights.build(backbone, 75)
    assert stages.cut(second, backbone, 12).shape == (None, 75, 75, 3)
    assert [stages.cut(second, backbone, depth).shape[-1] for depth in (1, 3, 11)] == [2048, 768, 192]


def test_a_depth_beyond_the_stages_names_the_allowed_range():
    with pytest.raises(ValueError, match=r"vgg16 has 5 stages: unfrozen_stages must lie in 0..5, got 6"):
        stages.cut(None, backbones.get("vgg16"), 6)


def test_an_operation_that_the_graph_lacks_is_named():
    with pytest.raises(ValueError, match="no operation Add#9"):
        stages.end_of(network("vgg16"), "Add#9")
