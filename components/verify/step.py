"""verify: the exported model, in a fresh process, gives the judged answers from raw image bytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components import digest, published, runs, storage
from components.artifacts import Evaluation, TrainedModel, Verification
from components.errors import BrandlensError, StorageError

if TYPE_CHECKING:
    from components.predictions import Predictions

GONE, CHANGED, UNDECODABLE = "raw file gone", "raw file changed", "not decodable by TensorFlow"


def run(model_path: str, evaluation_path: str, data_root: str, verification_path: str) -> None:
    """Write the verification. Raises BrandlensError if the answers are not the same; see comparison.compare."""
    with runs.step("verify", data_root) as record:
        model, evaluation = TrainedModel.read(model_path), Evaluation.read(evaluation_path)
        key = published.key(model=model.model_id, uri=model.uri, judged=evaluation.challenger.predictions_uri)
        uri = storage.join(data_root, "verify", key, "verification.json")
        verification, record.reused = published.once(Verification, uri, lambda: _verify(model, evaluation, record))
        verification.write(verification_path)
        record.facts(**verification.model_dump(exclude={"model_id"}))


def _verify(model: TrainedModel, evaluation: Evaluation, record: runs.Recorder) -> Verification:
    import numpy as np

    from components import predictions
    from components.verify import comparison

    if evaluation.challenger.model_id != model.model_id:
        raise BrandlensError(f"The evaluation is about model {evaluation.challenger.model_id}, not {model.model_id}.")
    judged = predictions.read(evaluation.challenger.predictions_uri, evaluation.labels)
    chosen = comparison.choose(judged)
    left_out: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder, storage.local_folder(model.uri) as model_folder:
        for done, image in enumerate(chosen, start=1):
            left_out.update(_fetch(judged, image, folder))
            record.progress(done=done, total=len(chosen), unit="images")
        # Without one image to ask, no process need start to find that out.
        answers = _serve(os.path.join(model_folder, "saved_model"), folder) if os.listdir(folder) else {}
    left_out.update(_explain(answer["error"]) for answer in answers.values() if "error" in answer)
    both = [image for image in chosen if "probabilities" in answers.get(str(image), {})]
    # The export answers in the model's own order of labels, the predictions are in the evaluation's.
    columns = [model.labels.index(label) for label in evaluation.labels]
    served = np.array([answers[str(image)]["probabilities"] for image in both]).reshape(len(both), len(columns))
    return comparison.compare(model.model_id, judged.probabilities[both], served[:, columns], dict(left_out))


def _fetch(judged: Predictions, image: int, folder: str) -> list[str]:
    """Copy one raw image to folder, named by its position; the reason why not, if there is one."""
    try:
        data = storage.read_bytes(judged.uris[image])
    except StorageError:
        return [GONE]
    if digest.of_bytes(data) != judged.ids[image]:
        return [CHANGED]
    Path(folder, str(image)).write_bytes(data)
    return []


def _serve(saved_model: str, images: str) -> dict[str, dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        answers = os.path.join(folder, "answers.json")
        command = [sys.executable, "-m", "components.verify.serve", saved_model, images, answers]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        print(done.stdout, done.stderr, sep="\n")
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise BrandlensError(
                f"The exported model {saved_model} cannot be loaded and asked in a fresh process "
                f"(exit code {done.returncode}): {last}"
            )
        return json.loads(Path(answers).read_text(encoding="utf-8"))


def _explain(error: str) -> str:
    print(f"{UNDECODABLE}: {error}")
    return UNDECODABLE
