"""The face of evaluate."""

from kfp import dsl
from kfp.dsl import Artifact, ClassificationMetrics, Dataset, Input, Metrics, Model, Output

from components import containers


@dsl.component(base_image=containers.GPU, install_kfp_package=False)
def evaluate(
    snapshot: Input[Dataset],
    model: Input[Model],
    data_root: str,
    search: dict,
    seed: int,
    evaluation: Output[Artifact],
    metrics: Output[Metrics],
    confusion: Output[ClassificationMetrics],
) -> None:
    """Judge challenger and champion on the same test split. See components.evaluate.step.run."""
    from components.evaluate.step import run

    judged = run(snapshot.path, model.path, data_root, search, seed, evaluation.path)
    for name in ("balanced_accuracy", "macro_f1", "accuracy"):
        metrics.log_metric(name, getattr(judged.challenger, name))
    confusion.log_confusion_matrix(list(judged.labels), [list(row) for row in judged.challenger.confusion])
