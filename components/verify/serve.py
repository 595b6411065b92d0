"""Answer raw images with an exported model, in a process of its own that knows nothing but TensorFlow.

    python -m components.verify.serve <saved_model folder> <folder of images> <answers.json>

Nothing of ours that could have been left behind in memory by training can help here: what a serving container gets
is what this process gets. Answers: file name -> {"probabilities": [...]} or {"error": "..."}.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def main(saved_model: str, images: str, answers: str) -> None:
    """Answer every file of a folder, one by one, so that an image that cannot be decoded spoils no other."""
    if not Path(saved_model, "saved_model.pb").is_file():
        sys.exit(f"{saved_model} holds no saved_model.pb")  # said before seconds are spent on importing TensorFlow
    import tensorflow as tf

    loaded = tf.saved_model.load(saved_model)  # a signature alone does not keep its variables alive
    signature = loaded.signatures["serving_default"]

    def answer(path: Path) -> dict[str, Any]:
        try:
            output = signature(image_bytes=tf.constant([path.read_bytes()]))
        except tf.errors.InvalidArgumentError as error:
            return {"error": str(error.message).splitlines()[0]}
        return {"probabilities": output["probabilities"].numpy()[0].tolist()}

    given = {path.name: answer(path) for path in sorted(Path(images).iterdir())}
    Path(answers).write_text(json.dumps(given), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
