"""The network that is trained: its starting weights, the champion's if it goes on from them, and a head.

The head is fresh, the champion's, or one that the search trained: see tuning/trained_heads.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import keras

from components import digest, feature_source, runs, storage
from components.artifacts import FrozenPart, RegisteredModel, TrainedHead
from components.errors import InputError
from components.train.task import Task
from tuning import export, frozen, model, trained_heads, warm_start
from tuning import weights as weights_files
from tuning.heads import Head
from tuning.model import Classifier, Hyperparameters


@dataclass(frozen=True)
class Network:
    """A classifier, and what is below its cut."""

    classifier: Classifier
    frozen: FrozenPart  # of the starting weights
    starts_frozen: bool  # whether its own frozen stages are these: a champion's may have learned


def build(task: Task, record: runs.Recorder) -> Network:
    """A fresh classifier, or one that goes on from the champion's weights or begins with the search's head.

    Raises InputError if that head is not what the search wrote.
    """
    backbone, point = task.backbone, task.point
    network = weights_files.load(backbone, task.weights, point.image_side_px, task.seed)
    parts = model.split(network, backbone, point.unfrozen_stages)
    name = feature_source.weights_name(task.weights, task.seed)
    start = FrozenPart(weights=name, digest=frozen.digest_of(parts.features))
    former = None
    if task.former is not None:
        former = _take_backbone(task, task.former, network)
        parts = model.split(network, backbone, point.unfrozen_stages)
    labels = task.snapshot.labels
    classifier = model.classifier(parts, len(labels), point, task.seed)
    if former is not None and task.former is not None:
        fresh = warm_start.take_head(classifier.whole, labels, former, task.former.labels)
        record.facts(goes_on_from=task.former.model_id, brands_that_begin_anew=fresh)
    if task.head is not None:
        warm_start.give_head(classifier.whole, _trained(task, task.head))
        record.facts(head="trained by the search")
    return Network(classifier, start, former is None or frozen.digest_of(parts.features) == start.digest)


def _trained(task: Task, head: TrainedHead) -> Head:
    uri = storage.join(task.data_root, head.path)
    content = storage.read_bytes(uri) if storage.exists(uri) else b""
    if digest.of_bytes(content) != head.digest:
        place = uri.rsplit("/", 1)[0]
        raise InputError(f"{uri} is not the head that the search wrote. Delete {place} and run again.")
    return trained_heads.decode(content, task.point)


def _take_backbone(task: Task, champion: RegisteredModel, network: keras.Model) -> keras.Model:
    """Give the network the champion's weights; the champion."""
    before = Hyperparameters(**champion.hyperparameters.model_dump())
    with storage.local_folder(champion.uri) as folder:
        former = export.load_keras(folder)
    warm_start.take_backbone(network, task.backbone, former, before, task.seed)
    return former


def in_float32(task: Task, whole: keras.Model) -> keras.Model:
    """The same weights in a model that computes in float32: it is served where there may be no GPU."""
    if keras.config.dtype_policy().name == "float32":
        return whole
    keras.config.set_dtype_policy("float32")
    backbone, point = task.backbone, task.point
    network = weights_files.build(backbone, point.image_side_px)
    parts = model.split(network, backbone, point.unfrozen_stages)
    twin = model.classifier(parts, len(task.snapshot.labels), point, task.seed).whole
    twin.set_weights(whole.get_weights())
    return twin
