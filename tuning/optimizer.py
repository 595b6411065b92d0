"""Adam with a lower rate for pretrained layers: a fresh head may move fast, what ImageNet taught may not be lost."""

from __future__ import annotations

from typing import Any

import keras

UNFROZEN_RATE = 0.1  # share of the head's learning rate
HEAD = "head_"  # model.py names every layer of the head so


class HeadFirstAdam(keras.optimizers.Adam):
    """Adam whose learning rate is the head's; every other variable learns at UNFROZEN_RATE of it.

    Scaling the rate, not the gradient: Adam divides by the gradient's size and would undo the latter.
    """

    def build(self, variables: Any) -> None:
        """Remember every variable's share of the rate; called by Keras before the first step."""
        super().build(variables)
        self._shares = [1.0 if variable.path.startswith(HEAD) else UNFROZEN_RATE for variable in variables]

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """One variable's step; called by Keras with the backend's own variable, which has no path."""
        share = self._shares[self._get_variable_index(variable)]
        super().update_step(gradient, variable, learning_rate * share)
