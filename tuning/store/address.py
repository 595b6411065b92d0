"""Where features lie: a name holds everything that decides the numbers, so that equal names mean equal content."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from importlib.metadata import version

from tuning.backbones import Backbone

CODE = 1  # raise it when the numbers at a cut change for another reason than those that `origin` names
SUFFIX = ".features"
IMAGES = "images"  # where every chain starts: uint8, as they were decoded
PIXELS, POOLED = "pixels", "pooled"  # the lowest cut: images scaled as the network wants them; the highest


def cut_name(backbone: Backbone, unfrozen_stages: int) -> str:
    """The last frozen stage's name; "pixels" if none is frozen, "pooled" if all are. Raises ValueError."""
    backbone.check_depth(unfrozen_stages)
    kept = len(backbone.stages) - unfrozen_stages
    if kept == 0:
        return PIXELS
    return POOLED if unfrozen_stages == 0 else backbone.stages[kept - 1].name


def depth_of(backbone: Backbone, cut: str) -> int:
    """The depth whose trainable part starts at a cut. Raises ValueError if the backbone has no such cut."""
    stages = len(backbone.stages)
    names = [cut_name(backbone, depth) for depth in range(stages + 1)]
    if cut not in names:
        raise ValueError(f"{backbone.name} has no cut {cut!r}; it has {', '.join(reversed(names))}")
    return names.index(cut)


def origin(backbone: Backbone, weights: str, policy: str = "float32") -> str:
    """A folder's name for a network: backbone, weights, and the code that computes with them.

    weights: their digest; of random ones also the seed. policy: Keras's name for the numbers it computed in.
    The code is the scaling of pixels, where each stage ends, and Keras, which builds the graph.
    """
    code = {"code": CODE, "keras": version("keras"), "policy": policy, **asdict(backbone)}
    digest = hashlib.sha256(json.dumps(code, sort_keys=True).encode()).hexdigest()
    # A digest is cut, a name that stands for one ("keras-3.15.1", "none-seed5") is short enough.
    return f"{backbone.name}-{weights[:16]}-{digest[:8]}"


def images(side_px: int) -> Series:
    """The decoded images, which are the same for every network; views are made of them when they are read."""
    return Series(f"{IMAGES}-{CODE}", side_px, IMAGES, "uint8", "view-0")


@dataclass(frozen=True)
class Series:
    """The blocks of one cut of one network at one side, in one view."""

    origin: str
    side_px: int
    cut: str
    dtype: str  # "float16", "float32"; "uint8" of pixels
    view: str  # views.View.name

    @property
    def folder(self) -> str:
        """Relative to the cache's root, "/" between its parts."""
        return f"{self.origin}/{self.side_px}px/{self.cut}/{self.dtype}/{self.view}"

    def file(self, block: str, part: int) -> str:
        """The place of a block's part. block: ImageBlock.key."""
        return f"{self.folder}/{block}-{part:05d}{SUFFIX}"
