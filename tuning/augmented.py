"""The classifier as the final training fits it: augmentation in front, loss and optimiser behind."""

from __future__ import annotations

from collections.abc import Callable

import keras

from tuning import augmentation, optimizer
from tuning.augmentation import Strength
from tuning.model import Hyperparameters


def maker(
    whole: keras.Model, point: Hyperparameters, strength: Strength, steps: int, seed: int, compiles: bool
) -> Callable[[int], keras.Model]:
    """(parts) -> a compiled model over pixels that shares every weight with whole (Classifier.whole).

    steps: batches of the whole training. parts: pieces into which batches are cut; their gradients are added up before
    the weights move. compiles: whether to use XLA. The classifier itself stays uncompiled: its file must need no
    optimiser.
    """

    def make(parts: int) -> keras.Model:
        pixels = keras.Input(whole.inputs[0].shape[1:], name="image")
        model = keras.Model(pixels, whole(augmentation.layers(strength, seed)(pixels)))
        options = {"gradient_accumulation_steps": parts} if parts > 1 else {}
        model.compile(
            optimizer.make(point, steps * parts, **options),
            keras.losses.CategoricalCrossentropy(label_smoothing=point.label_smoothing),
            metrics=["accuracy"],
            jit_compile=compiles,
        )
        model.optimizer.build(model.trainable_variables)  # its variables are there before the first batch
        return model

    return make
