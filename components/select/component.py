"""The face of select."""

from kfp import dsl
from kfp.dsl import Artifact, Input, Output

from components import containers


@dsl.component(base_image=containers.DATA, install_kfp_package=False)
def select(
    results: Input[list[Artifact]],
    data_root: str,
    selection: Output[Artifact],
) -> None:
    """The best trial over all backbones. See components.select.step.run."""
    from components.select.step import run

    run([result.path for result in results], data_root, selection.path)
