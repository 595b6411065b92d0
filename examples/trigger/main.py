"""A Cloud Run function that starts a run when images have arrived. How to deploy it: docs/schedules.md.

It answers an event with an error while it is too early for a run; Eventarc and Pub/Sub then deliver it again.
"""

import os

import functions_framework
from pydantic import AwareDatetime, TypeAdapter

from components import config
from components.config import TrainingConfig
from pipelines import profiles, trigger

QUIET_S = 300  # what arrives within so many seconds is learned together


@functions_framework.cloud_event
def images_arrived(event):
    """An object was written below `raw`, or a message was published on a topic."""
    profile = profiles.load(os.environ.get("PROFILE", "mine.yaml"))
    if not trigger.concerns(profile, event.data or {}):
        return
    settings = config.load(os.environ.get("CONFIG") or None, TrainingConfig)
    happened = TypeAdapter(AwareDatetime).validate_python(event["time"])
    run = trigger.submit_for_event(settings, profile, happened, QUIET_S)
    print(f"{event['id']}: run {run.name}")
