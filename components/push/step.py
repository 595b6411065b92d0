"""push: copy the challenger into the registry and move the champion pointer, last."""

from __future__ import annotations

from components import learned, registry, runs
from components.artifacts import Evaluation, Promotion, TrainedModel, Verdict, Verification
from components.errors import BrandlensError


def run(
    model_path: str,
    evaluation_path: str,
    verdict_path: str,
    verification_path: str,
    data_root: str,
    promotion_path: str,
) -> None:
    """Promote the model. Started again after a kill it goes on where it was and gives the same version.

    Raises BrandlensError if evaluation, verdict or verification does not speak for this model, StaleVerdictError if
    another model was promoted since the gate decided.
    """
    with runs.step("push", data_root) as record:
        model, verdict = TrainedModel.read(model_path), Verdict.read(verdict_path)
        evaluation = Evaluation.read(evaluation_path)
        _check(model, evaluation, verdict, Verification.read(verification_path))
        registered = registry.register(data_root, model, evaluation.challenger.balanced_accuracy)
        registry.crown(data_root, registered, instead_of=verdict.champion_id)
        learned.mark(data_root, model.snapshot_id, model.model_id)
        Promotion(version=registered.version, model_id=registered.model_id, uri=registered.uri).write(promotion_path)
        record.facts(version=registered.version, model_uri=registered.uri)


def _check(model: TrainedModel, evaluation: Evaluation, verdict: Verdict, verification: Verification) -> None:
    findings = []
    if not verdict.promote:
        findings.append(f"the verdict is keep ({'; '.join(verdict.reasons)})")
    if evaluation.challenger.model_id != model.model_id:
        findings.append(f"the evaluation is about model {evaluation.challenger.model_id}")
    if verdict.challenger_id != model.model_id:
        findings.append(f"the verdict is about model {verdict.challenger_id}")
    if verification.model_id != model.model_id:
        findings.append(f"the verification is about model {verification.model_id}")
    if findings:
        raise BrandlensError(f"Model {model.model_id} is not promoted: {'; '.join(findings)}.")
