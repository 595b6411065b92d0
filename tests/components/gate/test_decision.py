import pytest

from components.config import GatePolicy
from components.gate.decision import decide

POLICY = GatePolicy(min_balanced_accuracy=0.7, min_lift=0.1, max_regression=0.01, max_recall_regression=0.05)


@pytest.fixture
def verdict_on(make_score, make_evaluation):
    """Recalls of challenger and champion (or None) -> the verdict."""

    def decided(challenger, champion=None, policy=POLICY, **others):
        before = make_score(champion, "champion") if champion else None
        return decide(make_evaluation(make_score(challenger), before, **others), policy)

    return decided


def test_a_better_challenger_is_promoted(verdict_on):
    verdict = verdict_on({"acme": 0.9, "zeta": 0.9}, {"acme": 0.85, "zeta": 0.85})
    assert verdict.promote
    assert verdict.word == "promote"
    assert verdict.reasons == (
        "balanced accuracy 0.900 is at least 0.700",
        "that is 0.400 above guessing among 2 brands (0.500); 0.100 required",
        "balanced accuracy is +0.050 against the champion (0.850); 0.010 may be lost",
        "no brand's recall falls by more than 0.050",
    )


def test_a_worse_challenger_is_not(verdict_on):
    verdict = verdict_on({"acme": 0.85, "zeta": 0.85}, {"acme": 0.88, "zeta": 0.88})
    assert not verdict.promote
    assert verdict.word == "keep"
    assert verdict.reasons == ("balanced accuracy 0.850 is 0.030 below the champion (0.880); 0.010 allowed",)


def test_a_loss_of_exactly_the_margin_is_allowed(verdict_on):
    # 0.91 - 0.90 is 0.010000000000000009 in binary.
    assert verdict_on({"acme": 0.9, "zeta": 0.9}, {"acme": 0.91, "zeta": 0.91}).promote


def test_a_loss_just_past_the_margin_is_not(verdict_on):
    assert not verdict_on({"acme": 0.9, "zeta": 0.9}, {"acme": 0.9101, "zeta": 0.9101}).promote


def test_one_brand_that_loses_too_much_recall_keeps_the_champion(verdict_on):
    verdict = verdict_on({"acme": 0.99, "zeta": 0.8}, {"acme": 0.9, "zeta": 0.88})
    assert verdict.reasons == ("recall of zeta 0.800 is 0.080 below the champion (0.880); 0.050 allowed",)


def test_a_brand_may_lose_exactly_the_recall_margin(verdict_on):
    assert verdict_on({"acme": 0.99, "zeta": 0.83}, {"acme": 0.9, "zeta": 0.88}).promote


@pytest.mark.parametrize(("score", "promoted"), [(0.7, True), (0.6999, False)])
def test_the_least_balanced_accuracy_is_itself_enough(verdict_on, score, promoted):
    assert verdict_on({"acme": score, "zeta": score}).promote is promoted


@pytest.mark.parametrize(("score", "promoted"), [(0.85, True), (0.8499, False)])
def test_the_least_lift_over_guessing_is_itself_enough(verdict_on, score, promoted):
    policy = GatePolicy(min_balanced_accuracy=0.0, min_lift=0.35)  # two brands: 0.5 + 0.35
    verdict = verdict_on({"acme": score, "zeta": score}, policy=policy)
    assert verdict.promote is promoted


def test_guessing_among_more_brands_is_worth_less(verdict_on):
    policy = GatePolicy(min_balanced_accuracy=0.0, min_lift=0.35)
    assert verdict_on(dict.fromkeys(["a", "b", "c", "d"], 0.6), policy=policy).promote
    assert not verdict_on(dict.fromkeys(["a", "b"], 0.6), policy=policy).promote


def test_all_reasons_are_given_at_once(verdict_on):
    verdict = verdict_on({"acme": 0.4, "zeta": 0.6}, {"acme": 0.9, "zeta": 0.9})
    assert verdict.reasons == (
        "balanced accuracy 0.500 is below 0.700, the least that the policy accepts",
        "balanced accuracy 0.500 is 0.000 above guessing among 2 brands (0.500); 0.100 required",
        "balanced accuracy 0.500 is 0.400 below the champion (0.900); 0.010 allowed",
        "recall of acme 0.400 is 0.500 below the champion (0.900); 0.050 allowed",
        "recall of zeta 0.600 is 0.300 below the champion (0.900); 0.050 allowed",
    )


def test_without_a_champion_the_absolute_bars_decide_and_a_reason_says_so(verdict_on):
    verdict = verdict_on({"acme": 0.9, "zeta": 0.9})
    assert verdict.promote
    assert verdict.champion_id is None
    assert verdict.reasons[-1] == "no champion to compare with, the absolute bars decide: There is no champion yet."


def test_a_champion_that_cannot_be_compared_is_still_named(verdict_on):
    verdict = verdict_on({"acme": 0.9, "zeta": 0.9}, champion_id="older", champion_note="It does not know zeta.")
    assert verdict.promote
    assert verdict.champion_id == "older"
    assert verdict.reasons[-1].endswith("It does not know zeta.")


def test_the_champion_itself_is_not_promoted_again(make_score, make_evaluation):
    score = make_score({"acme": 1.0, "zeta": 1.0}, "same")
    verdict = decide(make_evaluation(score, score), POLICY)
    assert not verdict.promote
    assert verdict.reasons == ("the challenger is the champion already; there is nothing to replace",)


def test_a_score_that_is_not_a_number_is_below_every_bar(make_score, make_evaluation):
    score = make_score({"acme": 0.9, "zeta": 0.9}, balanced_accuracy=float("nan"))
    verdict = decide(make_evaluation(score), GatePolicy(min_balanced_accuracy=0, min_lift=0))
    assert not verdict.promote
    assert len(verdict.reasons) == 2
