"""The face of gate."""

from kfp import dsl
from kfp.dsl import Artifact, Input, Output

from components import containers


@dsl.component(base_image=containers.DATA, install_kfp_package=False)
def gate(
    evaluation: Input[Artifact],
    data_root: str,
    gate: dict,
    verdict: Output[Artifact],
) -> str:
    """Decide from the written policy: "promote" or "keep". See components.gate.step.run."""
    from components.gate.step import run

    return run(evaluation.path, data_root, gate, verdict.path)
