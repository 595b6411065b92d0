"""The decision: a pure function of an evaluation and a written policy."""

from __future__ import annotations

from components.artifacts import Evaluation, ModelScore, Verdict
from components.config import GatePolicy

DIGITS = 9  # 0.91 - 0.90 is a hair more than 0.01 in binary; a margin that is met exactly is met


def decide(evaluation: Evaluation, policy: GatePolicy, withdrawn: str = "") -> Verdict:
    """Promote if every bar of the policy is met; otherwise keep, with every reason and its numbers.

    A promotion lists what was met. Without a champion, or with one that cannot be compared, the absolute bars alone
    decide, and a reason says so. withdrawn: why a person does not want the challenger served; empty otherwise.
    """
    score, champion = evaluation.challenger, evaluation.champion
    if score.model_id == evaluation.champion_id:
        return _verdict(evaluation, False, ["the challenger is the champion already; there is nothing to replace"])
    if withdrawn:
        return _verdict(evaluation, False, [withdrawn])
    against = _absolute(score, len(evaluation.labels), policy)
    against += _regressions(score, champion, policy) if champion else []
    return _verdict(evaluation, not against, against or _met(evaluation, policy))


def _absolute(score: ModelScore, classes: int, policy: GatePolicy) -> list[str]:
    """Written as `not at least`, so that a figure that is not a number is below every bar."""
    reasons = []
    if not round(score.balanced_accuracy, DIGITS) >= policy.min_balanced_accuracy:
        reasons.append(
            f"balanced accuracy {score.balanced_accuracy:.3f} is below {policy.min_balanced_accuracy:.3f}, "
            "the least that the policy accepts"
        )
    lift = score.balanced_accuracy - 1 / classes
    if not round(lift, DIGITS) >= policy.min_lift:
        reasons.append(
            f"balanced accuracy {score.balanced_accuracy:.3f} is {lift:.3f} above guessing among {classes} brands "
            f"({1 / classes:.3f}); {policy.min_lift:.3f} required"
        )
    return reasons


def _regressions(score: ModelScore, champion: ModelScore, policy: GatePolicy) -> list[str]:
    reasons = []
    lost = champion.balanced_accuracy - score.balanced_accuracy
    if not round(lost, DIGITS) <= policy.max_regression:
        reasons.append(
            f"balanced accuracy {score.balanced_accuracy:.3f} is {lost:.3f} below the champion "
            f"({champion.balanced_accuracy:.3f}); {policy.max_regression:.3f} allowed"
        )
    for name, before in champion.per_class.items():
        now = score.per_class[name]
        lost = before.recall - now.recall
        if now.images and not round(lost, DIGITS) <= policy.max_recall_regression:
            reasons.append(
                f"recall of {name} {now.recall:.3f} is {lost:.3f} below the champion "
                f"({before.recall:.3f}); {policy.max_recall_regression:.3f} allowed"
            )
    return reasons


def _met(evaluation: Evaluation, policy: GatePolicy) -> list[str]:
    score, champion = evaluation.challenger, evaluation.champion
    guess = 1 / len(evaluation.labels)
    met = [
        f"balanced accuracy {score.balanced_accuracy:.3f} is at least {policy.min_balanced_accuracy:.3f}",
        f"that is {score.balanced_accuracy - guess:.3f} above guessing among {len(evaluation.labels)} brands "
        f"({guess:.3f}); {policy.min_lift:.3f} required",
    ]
    if champion is None:
        return [*met, f"no champion to compare with, the absolute bars decide: {evaluation.champion_note}"]
    return [
        *met,
        f"balanced accuracy is {score.balanced_accuracy - champion.balanced_accuracy:+.3f} against the champion "
        f"({champion.balanced_accuracy:.3f}); {policy.max_regression:.3f} may be lost",
        f"no brand's recall falls by more than {policy.max_recall_regression:.3f}",
    ]


def _verdict(evaluation: Evaluation, promote: bool, reasons: list[str]) -> Verdict:
    return Verdict(
        promote=promote,
        reasons=tuple(reasons),
        challenger_id=evaluation.challenger.model_id,
        champion_id=evaluation.champion_id,
    )
