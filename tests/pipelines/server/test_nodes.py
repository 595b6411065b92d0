import pytest
from kubernetes.client import V1Node, V1NodeSpec, V1NodeStatus, V1ObjectMeta, V1Taint

from pipelines.profiles import Profile
from pipelines.server import nodes

L4 = {"gpu": "l4"}
SPOT = {"node_selector": {"spot": "true"}, "tolerations": [{"key": "spot"}]}
TRAIN = {
    "cpu": "7", "memory": "26Gi", "accelerator": {"type": "nvidia.com/gpu", "count": 2}, "node_selector": L4,
    "tolerations": [{"key": "gpu", "operator": "Equal", "value": "yes", "effect": "NoSchedule"}],
}  # fmt: skip


def node(labels=None, taints=(), **allocatable):
    has = {"cpu": "7910m", "memory": "27Gi", "nvidia.com/gpu": "2", **allocatable}
    spec = V1NodeSpec(taints=[V1Taint(key=key, value=value, effect=effect) for key, value, effect in taints] or None)
    return V1Node(metadata=V1ObjectMeta(labels=labels), spec=spec, status=V1NodeStatus(allocatable=has))


def remark(*there, **changes):
    (said,) = nodes.remarks(
        Profile.model_validate({"platform": "kubeflow", "machines": {"train": {**TRAIN, **changes}}}), there
    )
    return said


def test_a_node_that_has_all_is_counted():
    assert remark(node(L4), node(L4), node({"gpu": "t4"})) == "train: 2 nodes now"


def test_no_node_with_the_label_says_which_values_there_are():
    assert remark(node({"gpu": "t4"}), node()) == (
        "train: no node has gpu=l4 now (there is gpu=t4). A pool that starts from zero shows none; otherwise correct "
        "node_selector"
    )


@pytest.mark.parametrize(
    ("taint", "open_"),
    [
        (("gpu", "yes", "NoSchedule"), True),
        (("gpu", "no", "NoSchedule"), False),
        (("gpu", "yes", "NoExecute"), False),
        (("other", None, "NoSchedule"), False),
        (("other", None, "PreferNoSchedule"), True),
    ],
)
def test_a_taint_that_is_not_accepted_keeps_the_task_away(taint, open_):
    said = remark(node(L4, [taint]))
    assert said == "train: 1 nodes now" if open_ else "refuses pods by the taint" in said


def test_a_taint_is_named_as_kubectl_does():
    assert "the taint gpu=no:NoSchedule: accept it" in remark(node(L4, [("gpu", "no", "NoSchedule")]))


@pytest.mark.parametrize(
    ("has", "lack"),
    [
        ({"cpu": "6999m"}, "cpu 7 is asked, 6999m is there"),
        ({"memory": "25Gi"}, "memory 26Gi is asked, 25Gi is there"),
        ({"nvidia.com/gpu": "1"}, "nvidia.com/gpu 2 is asked, 1 is there"),
    ],
)
def test_nodes_that_are_all_too_small_say_what_is_lacking(has, lack):
    assert remark(node(L4, **has)) == f"train: 1 nodes, all too small: {lack}"
    assert remark(node(L4, **has), node(L4)) == "train: 2 nodes now"


def test_enough_to_the_last_byte_is_enough():
    assert remark(node(L4, cpu="7", memory="26Gi")) == "train: 1 nodes now"


def test_spot_with_fallback_counts_both_kinds_and_without_it_only_spot():
    there = [node(L4), node({**L4, "spot": "true"}, [("spot", "true", "NoSchedule")])]
    assert remark(*there, spot=SPOT) == "train: 2 nodes now, 1 of them spot"
    assert remark(*there, spot={**SPOT, "fallback": False}) == "train: 1 nodes now, 1 of them spot"
    assert "no node has gpu=l4, spot=true now" in remark(there[0], spot={**SPOT, "fallback": False})


def test_tasks_that_ask_for_the_same_are_one_remark_and_those_that_ask_for_none_are_no_remark():
    profile = Profile.model_validate({"platform": "kubeflow", "machines": {"train": TRAIN, "tune": TRAIN}})
    assert list(nodes.remarks(profile, [node(L4)])) == ["tune, train: 1 nodes now"]
