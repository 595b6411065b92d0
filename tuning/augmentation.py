"""Random changes that keep the brand, in three strengths: for the stored views of a search and the final training.

Pure Keras layers, so that they run on the device and on every backend. All of them are seeded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import keras

WHITE = 255


@dataclass(frozen=True)
class Strength:
    """How much an image may change; 0 or False switches a part off."""

    flip: bool = False  # left-right
    zoom: float = 0.0  # share of the side by which it is cropped or shrunk
    shift: float = 0.0  # share of the side
    brightness: float = 0.0  # share of the range
    contrast: float = 0.0  # share of the deviation
    saturation: float = 0.0  # share of the way to grey or beyond
    erase: float = 0.0  # share of images of which a rectangle is painted over


STRENGTHS: dict[str, Strength] = {
    "none": Strength(),
    "light": Strength(flip=True, zoom=0.1, shift=0.05, contrast=0.1),
    "strong": Strength(flip=True, zoom=0.25, shift=0.1, brightness=0.1, contrast=0.3, saturation=0.3, erase=0.25),
}
# Mirrored lettering is another brand's: where it is the signature, these are the ones to name.
STRENGTHS |= {f"{name}_unmirrored": replace(STRENGTHS[name], flip=False) for name in ("light", "strong")}


def layers(strength: Strength, seed: int) -> keras.Sequential:
    """Pixels (n, side, side, 3) in [0, 255] in and out; changes them only when called with training=True."""
    k, parts = keras.layers, [keras.layers.Identity()]
    if strength.flip:
        parts.append(k.RandomFlip("horizontal", seed=seed))
    if strength.shift:
        parts.append(k.RandomTranslation(strength.shift, strength.shift, "reflect", seed=seed + 1))
    if strength.zoom:
        parts.append(k.RandomZoom(strength.zoom, fill_mode="reflect", seed=seed + 2))
    if strength.brightness:
        parts.append(k.RandomBrightness(strength.brightness, value_range=(0, WHITE), seed=seed + 3))
    if strength.contrast:
        parts.append(k.RandomContrast(strength.contrast, value_range=(0, WHITE), seed=seed + 4))
    if strength.saturation:
        low, high = 0.5 - strength.saturation / 2, 0.5 + strength.saturation / 2  # 0.5 changes nothing
        # In [0, 1]: with another range Keras 3.15 lets saturation exceed 1, and colours become negative.
        parts.append(k.Rescaling(1 / WHITE))
        parts.append(k.RandomSaturation((low, high), value_range=(0, 1), seed=seed + 5))
        parts.append(k.Rescaling(WHITE))
    if strength.erase:
        parts.append(k.RandomErasing(strength.erase, fill_value=WHITE / 2, value_range=(0, WHITE), seed=seed + 6))
    for part in parts:
        # Keras refuses for the sake of TensorFlow, whose XLA cannot move pixels. On JAX the whole step of a model that
        # may not be compiled would run operation by operation.
        part.supports_jit = part.supports_jit or keras.backend.backend() == "jax"
    return keras.Sequential(parts, name="augmentation")
