"""The face of push."""

from kfp import dsl
from kfp.dsl import Artifact, Input, Model, Output

from components import containers


@dsl.component(base_image=containers.DATA, install_kfp_package=False)
def push(
    model: Input[Model],
    evaluation: Input[Artifact],
    verdict: Input[Artifact],
    verification: Input[Artifact],
    data_root: str,
    promotion: Output[Artifact],
) -> None:
    """Register the challenger and move the champion pointer. See components.push.step.run."""
    from components.push.step import run

    run(model.path, evaluation.path, verdict.path, verification.path, data_root, promotion.path)
