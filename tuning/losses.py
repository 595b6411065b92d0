"""The loss of several trials on one batch: cross-entropy with label smoothing, class weights and mixup."""

from __future__ import annotations

from typing import Any

import keras

ops = keras.ops


def mixed(values: Any, share: Any) -> Any:
    """A batch (n, ...) mixed with itself in reverse, for each trial: (trials, n, ...). share: (trials,), of itself.

    Batches are shuffled, so the one across is a random partner. On activations in place of pixels this is manifold
    mixup: exact for a linear frozen part only, and of the same use. Source: Verma et al. 2019,
    https://arxiv.org/abs/1806.05236.
    """
    share = ops.reshape(share, (-1,) + (1,) * len(values.shape))
    return share * ops.expand_dims(values, 0) + (1 - share) * ops.expand_dims(ops.flip(values, axis=0), 0)


def cross_entropy(logits: Any, labels: Any, smoothing: Any, class_weights: Any, share: Any | None = None) -> Any:
    """The loss (trials, n) of each trial on each image.

    logits: (trials, n, classes). labels: (n,). smoothing: (trials,) in [0, 1): share of the truth spread over all
    classes. class_weights: (trials, classes). share: (trials,) of `mixed`; None if nothing was mixed.
    """
    logits = ops.cast(logits, "float32")
    log_probabilities = ops.log_softmax(logits, axis=-1)
    truth = ops.one_hot(labels, logits.shape[-1], dtype="float32")
    loss = _weighted(log_probabilities, truth, smoothing, class_weights)
    if share is None:
        return loss
    share = ops.reshape(share, (-1, 1))
    across = _weighted(log_probabilities, ops.flip(truth, axis=0), smoothing, class_weights)
    return share * loss + (1 - share) * across


def _weighted(log_probabilities: Any, truth: Any, smoothing: Any, class_weights: Any) -> Any:
    smoothing = ops.reshape(smoothing, (-1, 1))
    right = -ops.sum(ops.expand_dims(truth, 0) * log_probabilities, axis=-1)
    spread = -ops.mean(log_probabilities, axis=-1)
    weights = ops.matmul(class_weights, ops.transpose(truth))
    return weights * ((1 - smoothing) * right + smoothing * spread)
