import pytest

from tuning import precision


@pytest.mark.parametrize(
    ("capability", "policy"),
    [((9, 0), "mixed_bfloat16"), ((8, 0), "mixed_bfloat16"), ((7, 5), "mixed_float16"), ((6, 1), "float32")],
)
def test_the_policy_follows_the_hardware(capability, policy):
    assert precision.policy("auto", capability) == policy


def test_without_a_gpu_everything_is_float32():
    assert precision.gpu_capability() is None
    assert precision.policy() == "float32"


@pytest.mark.parametrize(
    ("named", "policy"), [("float32", "float32"), ("bfloat16", "mixed_bfloat16"), ("float16", "mixed_float16")]
)
def test_what_is_named_is_taken(named, policy):
    assert precision.policy(named, (9, 0)) == policy
