"""How a step knows the run that it is part of. Not by a parameter: that would defeat the cache."""

from __future__ import annotations

import json
import os
import re
import sys

RUN_ID = "BRANDLENS_RUN_ID"  # a local run sets it, and on Kubeflow the pod takes it from its own label
RUN_LABEL = "brandlens-run"  # of a run on Vertex AI that we submitted: its id
# What Vertex AI tells its steps: the run's labels as JSON. https://cloud.google.com/vertex-ai/docs/pipelines/labels
VERTEX_LABELS = "VERTEX_AI_PIPELINES_RUN_LABELS"
# And where to write; all that there is where a schedule started the run:
# /gcs/<bucket>/<root>/<project number>/<run id>/<task>/executor_output.json
_VERTEX_OUTPUT = re.compile(r'"outputFile":\s*"/gcs/[^"]+/\d+/([^/"]+)/[^/"]+/executor_output\.json"')


def run_id() -> str | None:
    """The current run's id, or None outside a run."""
    if told := os.environ.get(RUN_ID) or _label():
        return told
    place = _VERTEX_OUTPUT.search(" ".join(sys.argv))
    return place[1] if place else None


def _label() -> str | None:
    try:
        return json.loads(os.environ.get(VERTEX_LABELS) or "{}").get(RUN_LABEL)
    except (ValueError, AttributeError):
        return None  # not ours to repair: the place to write to is known, too
