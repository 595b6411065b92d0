"""The face of verify."""

from kfp import dsl
from kfp.dsl import Artifact, Input, Model, Output

from components import containers


@dsl.component(base_image=containers.GPU, install_kfp_package=False)
def verify(
    model: Input[Model],
    evaluation: Input[Artifact],
    data_root: str,
    verification: Output[Artifact],
) -> None:
    """The exported model must answer from raw bytes as it was judged. See components.verify.step.run."""
    from components.verify.step import run

    run(model.path, evaluation.path, data_root, verification.path)
