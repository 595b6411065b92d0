"""The face of tune."""

from kfp import dsl
from kfp.dsl import Artifact, Dataset, Input, Output

from components import containers


@dsl.component(base_image=containers.GPU, install_kfp_package=False)
def tune(
    snapshot: Input[Dataset],
    data_root: str,
    backbone: str,
    search: dict,
    seed: int,
    result: Output[Artifact],
) -> None:
    """Search depth, head, optimiser and augmentation of one backbone, or a worker's share of that.

    See components.tune.step.run.
    """
    from components.tune.step import run

    run(snapshot.path, data_root, backbone, search, seed, result.path)
