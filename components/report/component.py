"""The face of report."""

from kfp import dsl
from kfp.dsl import HTML, Artifact, Dataset, Input, Model, Output

from components import containers


@dsl.component(base_image=containers.DATA, install_kfp_package=False)
def report(
    snapshot: Input[Dataset],
    findings: Input[Artifact],
    selection: Input[Artifact],
    model: Input[Model],
    evaluation: Input[Artifact],
    verdict: Input[Artifact],
    data_root: str,
    html: Output[HTML],
) -> None:
    """Draw the run as one HTML page. See components.report.step.run."""
    from components.report.step import run

    inputs = snapshot.path, findings.path, selection.path, model.path, evaluation.path, verdict.path
    run(*inputs, data_root, html.path)
