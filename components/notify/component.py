"""The face of notify."""

from kfp import dsl

from components import containers


@dsl.component(base_image=containers.DATA, install_kfp_package=False)
def notify(data_root: str, run_id: str, status: dsl.PipelineTaskFinalStatus) -> None:
    """Write the run's summary, whatever became of it. See components.notify.step.run."""
    from components.notify.step import run

    run(data_root, run_id, status.state, status.error_message or "")
