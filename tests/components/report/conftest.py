"""The content of a page, with every part of it filled."""

import io

import numpy as np
import pytest
from PIL import Image

from components.artifacts import (
    Example,
    Examples,
    Finding,
    Findings,
    Snapshot,
    SourceScore,
    Verdict,
)
from components.drawing.thumbnails import data_uri
from components.rates import Rates
from components.report.bill import bill
from components.report.page import Content


@pytest.fixture
def make_content(make_score, make_evaluation, make_model, make_selection):
    """Brand names -> a page's content; examples have real pictures."""

    def make(names=("acme", "zeta", "omni"), promote=True, champion=True):
        recalls = [0.95, 0.7, 0.85, 0.9, 0.6, 0.8, 1.0, 0.75]
        score = make_score(
            {name: recalls[place % 8] for place, name in enumerate(names)},
            by_source={
                name: SourceScore(balanced_accuracy=figure, images=20)
                for name, figure in (("instagram", 0.81), ("official", 0.93), ("pinterest", 0.62))
            },
        )
        before = make_score({name: recalls[(place + 3) % 8] - 0.1 for place, name in enumerate(names)}, "before")
        counts = {split: {name: share * (place + 2) for place, name in enumerate(names)} for split, share in SHARES}
        snapshot = Snapshot(
            snapshot_id="5f3a0c1be2", uri="", manifest_uri="", labels=tuple(names), increments=(), stored_side_px=256,
            counts=counts, quarantined={"not_an_image": 3, "truncated": 14}, duplicates=5, new_images=1250,
            seconds=60.0,
        )  # fmt: skip
        examples = Examples(
            wrong=tuple(_example(place, names, 1) for place in range(5)),
            right=tuple(_example(place + 5, names, 0) for place in range(7)),
        )
        selection, model = make_selection(), make_model(labels=names, backbone="xception")
        return Content(
            snapshot=snapshot,
            findings=Findings(snapshot_id="snapshot", warnings=(WARNING,)),
            selection=selection,
            model=model,
            evaluation=make_evaluation(score, before if champion else None),
            verdict=Verdict(
                promote=promote, reasons=(f"recall of {names[1]} 0.700 is 0.100 below the champion (0.800)",),
                challenger_id="challenger", champion_id="before",
            ),
            examples=examples,
            thumbnails={f"image{place}": data_uri(_picture(place)) for place in range(11)},
            bill=bill([], selection, model, Rates()),
        )  # fmt: skip

    return make


SHARES = [("train", 200), ("validation", 30), ("test", 25)]
WARNING = Finding(
    code="imbalance",
    message="The largest brand has 21 times the images of the smallest: acme (4,200), omni (200).",
    remedy="Collect more images of omni, or raise check.max_imbalance (now 20).",
)


def _example(place, names, shift):
    return Example(
        id=f"image{place}", uri=f"/raw/{names[place % len(names)]}/instagram/post {place}.jpg",
        label=names[place % len(names)], predicted=names[(place + shift) % len(names)], probability=0.99 - 0.03 * place,
    )  # fmt: skip


def _picture(place):
    noise = np.random.default_rng(place).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).resize((256, 256), Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=98)
    return buffer.getvalue()
