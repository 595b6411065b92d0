"""A data root after a run: a snapshot, and beside it what other steps leave."""

from dataclasses import dataclass

import numpy as np
import pytest

from components import digest, learned, manifest, predictions, published, snapshot, storage
from components.artifacts import Example, Examples, Snapshot
from components.erasure import plan
from components.erasure.carrying import carry_out
from components.erasure.finding import find
from components.erasure.request import Request
from components.ingest.step import run as ingest
from components.preprocess.step import run as preprocess
from components.takedown import Takedown

DATA = {"stored_side_px": 32, "split": {"train": 0.5, "validation": 0.25, "test": 0.25}}


def asked(*ids, uris=(), groups=()):
    """A request."""
    return Request(Takedown(frozenset(ids), frozenset(uris)), frozenset(groups))


@dataclass
class World:
    """Where everything lies; raw and root are folders or gs:// prefixes."""

    raw: str
    root: str
    pointer: str
    beam_options: list[str]

    def ingest(self, **data):
        """The listing's uri; "" if the run ends early."""
        return ingest(self.raw, self.root, {**DATA, **data})

    def run(self, **data):
        """Both data steps, and the word that the run has learned from them: the snapshot."""
        preprocess(self.ingest(**data), self.root, {**DATA, **data}, self.beam_options, self.pointer)
        made = Snapshot.read(self.pointer)
        learned.mark(self.root, made.snapshot_id, "m")
        return made

    def rows(self, made):
        return {row.path: row for row in manifest.read_rows(made.manifest_uri)}

    def erase(self, *ids, uris=(), groups=()):
        """Find and carry out, as the command does."""
        carry_out(self.root, find(self.root, asked(*ids, uris=uris, groups=groups), plan.pending(self.root)))

    def newest(self, made):
        """The newest snapshot of the lineage of made."""
        return snapshot.latest(self.root, made.uri.split("/")[-3])

    def all_bytes(self):
        """Every file under the data root by its address."""
        return {info.uri: storage.read_bytes(info.uri) for info in storage.list_files(self.root)}

    def publish_evaluation(self, made, row):
        """What evaluate, report and a run leave of one image of a snapshot."""
        example = Example(id=row.id, uri=row.uri, label="acme", predicted="zeta", probability=0.9)
        published.publish(Examples(wrong=(example,), right=()), f"{self.root}/evaluate/k1/examples.json")
        storage.write_text(f"{self.root}/evaluate/k2/evaluation.json", '{"snapshot_id": "another"}')
        storage.write_text(f"{self.root}/report/k1/report.html", f"<code>{made.snapshot_id}</code><img>")
        storage.write_text(f"{self.root}/runs/r1/steps/preprocess.json", f'{{"snapshot_id": "{made.snapshot_id}"}}')
        storage.write_text(f"{self.root}/runs/r1/report.html", "a page with thumbnails")
        storage.write_text(f"{self.root}/runs/r2/report.html", "a page of another snapshot")
        storage.write_text(f"{self.root}/runs/r2/summary.json", "{}")
        storage.write_bytes(f"{self.root}/features/images/block-0", b"pixels")
        for key, name in (("p1", row.id), ("p2", digest.of_bytes(b"other"))):
            given = predictions.Predictions(
                ("acme", "zeta"), (name,), ("u",), ("",), ("",), np.array([0]), np.array([[0.9, 0.1]])
            )
            predictions.write(given, f"{self.root}/predictions/{key}.parquet")


@pytest.fixture
def world(raw_folder, tmp_path, beam_options, monkeypatch):
    monkeypatch.setenv("BRANDLENS_INCREMENTS", str(tmp_path / "shards"))
    monkeypatch.setenv("BRANDLENS_FEATURES", str(tmp_path / "features"))
    return World(str(raw_folder), str(tmp_path / "root"), str(tmp_path / "snapshot.json"), beam_options)


@pytest.fixture
def remote(world, bucket):
    storage.copy_folder(world.raw, f"{bucket}/raw")
    return World(f"{bucket}/raw", f"{bucket}/root", world.pointer, world.beam_options)


@pytest.fixture(params=["disk", "bucket"])
def anywhere(request):
    return request.getfixturevalue("world" if request.param == "disk" else "remote")


@pytest.fixture
def picture():
    """(world, snapshot, row) -> the stored bytes of one image."""
    from components.records import read_images

    return lambda made, row: read_images(made, [row.id])[row.id]
