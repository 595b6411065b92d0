"""The face of preprocess."""

from kfp import dsl
from kfp.dsl import Dataset, Output

from components import containers


@dsl.component(base_image=containers.DATA, install_kfp_package=False)
def preprocess(
    listing_uri: str,
    data_root: str,
    data: dict,
    beam_options: list,
    snapshot: Output[Dataset],
) -> None:
    """Turn the listed images into one increment and a snapshot. See components.preprocess.step.run."""
    from components.preprocess.step import run

    run(listing_uri, data_root, data, beam_options, snapshot.path)
