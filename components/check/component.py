"""The face of check."""

from kfp import dsl
from kfp.dsl import HTML, Artifact, Dataset, Input, Output

from components import containers


@dsl.component(base_image=containers.DATA, install_kfp_package=False)
def check(
    snapshot: Input[Dataset],
    data_root: str,
    check: dict,
    data: dict,
    findings: Output[Artifact],
    data_report: Output[HTML],
) -> None:
    """Stop before a GPU is paid for if the data cannot teach. See components.check.step.run."""
    from components.check.step import run

    run(snapshot.path, data_root, check, data, findings.path, data_report.path)
