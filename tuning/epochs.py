"""The batches of one epoch of the final training, in an order that the seed and the epoch decide.

A training that was cut in the middle of an epoch finds the same batches again and passes over those that are done.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from tuning import objective
from tuning.model import Balancing

_SHUFFLE_BYTES = 1 << 28  # of uint8 pixels; what the shuffle buffer may hold


@dataclass(frozen=True)
class Epochs:
    """Batches of (image float32 (n, side, side, 3), label (n, classes), weight (n,)) by epoch.

    dataset: (image uint8, label), neither batched nor shuffled. counts: its images by class.
    balancing: what makes rare classes count as much as frequent ones: weights of the loss, or drawing an image as often
    as its class is rare (an epoch is as long as without), or nothing.
    mixup: alpha of the Beta distribution by which two images are blended, and their labels with them; 0 is off.
    Source: Zhang et al. 2018, https://arxiv.org/abs/1710.09412.
    passes: how often an epoch sees every image, each time in another order.
    """

    dataset: tf.data.Dataset
    counts: Sequence[int]
    batch_size: int
    seed: int
    balancing: Balancing = "class_weights"
    mixup: float = 0.0
    passes: int = 1

    def batches(self, epoch: int, done: int = 0, parts: int = 1) -> tf.data.Dataset:
        """An epoch's batches after the first `done`; each cut into `parts` smaller ones that follow one another."""
        first, *others = (self._pass(epoch * self.passes + number, parts) for number in range(self.passes))
        return functools.reduce(tf.data.Dataset.concatenate, others, first).skip(done).prefetch(2)

    def _pass(self, number: int, parts: int) -> tf.data.Dataset:
        images = self.dataset if self.balancing != "sampling" else self._drawn(number)
        buffer = max(_SHUFFLE_BYTES // images.element_spec[0].shape.num_elements(), 8 * self.batch_size)
        shuffled = images.shuffle(buffer, seed=self._seed(number), reshuffle_each_iteration=False)
        batches = shuffled.batch(self.batch_size).map(self._weighted, tf.data.AUTOTUNE)
        if self.mixup:
            batches = batches.enumerate().map(lambda at, batch: self._mixed(at, batch, number), tf.data.AUTOTUNE)
        if parts > 1:
            piece = -(-self.batch_size // parts)
            pieces = tf.data.experimental.assert_cardinality(-(-sum(self.counts) // piece))
            batches = batches.unbatch().batch(piece).apply(pieces)
        return batches

    def _seed(self, number: int) -> int:
        """Of a pass, counted from the training's first."""
        return int(np.random.SeedSequence([self.seed, number]).generate_state(1)[0])

    def _weighted(self, images: Any, labels: Any) -> tuple[Any, Any, Any]:
        classes = len(self.counts)
        weights = [1.0] * classes
        if self.balancing == "class_weights":
            weights = list(objective.class_weights(self.counts).values())
        return (
            tf.cast(images, tf.float32),
            tf.one_hot(labels, classes),
            tf.gather(tf.constant(weights, tf.float32), labels),
        )

    def _drawn(self, number: int) -> tf.data.Dataset:
        """As many images, each about images / (classes * images of its class) times: the fraction by a seeded coin."""
        times = tf.constant(list(objective.class_weights(self.counts).values()), tf.float32)
        seed = self._seed(number)

        def copies(at: Any, pair: tuple[Any, Any]) -> tf.data.Dataset:
            wanted = times[pair[1]]
            coin = tf.random.stateless_uniform((), seed=(tf.cast(seed, tf.int64), at))
            count = tf.cast(tf.floor(wanted) + tf.cast(coin < wanted % 1.0, tf.float32), tf.int64)
            return tf.data.Dataset.from_tensors(pair).repeat(count)

        size = sum(self.counts)
        drawn = self.dataset.enumerate().flat_map(copies).repeat().take(size)
        return drawn.apply(tf.data.experimental.assert_cardinality(size))

    def _mixed(self, at: Any, batch: tuple[Any, Any, Any], number: int) -> tuple[Any, ...]:
        """Every image blended with the one that stands opposite in its batch, in a share that the batch draws."""
        seed = tf.stack([tf.cast(self._seed(number), tf.int64), at])
        drawn = tf.random.stateless_gamma((2,), seed=seed, alpha=self.mixup)
        share = drawn[0] / tf.maximum(tf.reduce_sum(drawn), 1e-12)
        return tuple(share * part + (1 - share) * tf.reverse(part, axis=[0]) for part in batch)
