from dataclasses import fields

from components.config import SearchConfig
from components.tune import asking
from components.workers import Worker
from tuning.halving import Halving
from tuning.shares import Share
from tuning.space import Space

OTHERS = {  # none of them by default
    "unfrozen_stages": (0, 3), "head_width": (0, 7), "dropout": (0.15,), "pooling": ("max",), "optimizer": ("sgd",),
    "backbone_rate": (0.7,), "weight_decay": (0.3,), "label_smoothing": (0.35,), "balancing": ("sampling",),
    "augmentation": ("none", "strong"), "mixup": (0.45,), "image_side_px": (64, 96),
}  # fmt: skip
RATES = {"learning_rate": {"min": 2e-4, "max": 3e-3}, "sgd_learning_rate": {"min": 4e-3, "max": 5e-2}}


def test_every_setting_reaches_the_search():
    halving = {"factor": 4, "min_epochs": 5}
    budget = {"oracle": "hyperband", "trials": 11, "epochs": 13, "batch_size": 9, "head_steps": 77, "halving": halving}
    settings = SearchConfig.model_validate({**OTHERS, **RATES, **budget, "objective": "macro_f1"})
    asked = asking.asked(settings, 23, Worker("vgg16", 2, 3))
    assert set(OTHERS) | set(RATES) == {field.name for field in fields(Space)}
    for name, values in OTHERS.items():
        assert getattr(asked.space, name) == values != getattr(SearchConfig(), name)
    assert (asked.space.learning_rate, asked.space.sgd_learning_rate) == ((2e-4, 3e-3), (4e-3, 5e-2))
    assert (asked.oracle, asked.trials, asked.halving, asked.share) == ("hyperband", 11, Halving(4, 5), Share(2, 3))
    trial = asked.trial
    assert (trial.epochs, trial.batch_size, trial.head_steps, trial.seed) == (13, 9, 77, 23)
    assert trial.objective == "macro_f1"
    never = SearchConfig.model_validate({"halving": {"enabled": False}, **OTHERS})
    assert asking.asked(never, 23, Worker("vgg16")).halving is None
