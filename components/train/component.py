"""The face of train."""

from kfp import dsl
from kfp.dsl import Artifact, Dataset, Input, Model, Output

from components import containers


@dsl.component(base_image=containers.GPU, install_kfp_package=False)
def train(
    snapshot: Input[Dataset],
    selection: Input[Artifact],
    data_root: str,
    train: dict,
    search: dict,
    seed: int,
    model: Output[Model],
) -> None:
    """Fit the selected backbone and export it. See components.train.step.run."""
    from components.train.step import run

    run(snapshot.path, selection.path, data_root, train, search, seed, model.path)
