"""notify: the exit handler. It sums up whatever there is, tells whom the profile names, and never fails a run."""

from __future__ import annotations

import os
import sys
import traceback

from components import runs, storage
from components.artifacts import Summary
from components.notify import delivery, message
from components.notify.settings import VARIABLE, Notification
from components.summary import summarise


def run(data_root: str, run_id: str, state: str, error: str) -> None:
    """Write <data root>/runs/<run id>/summary.json, and notify.

    run_id: of the runner; inside a run that knows its own id, that one counts. error: empty if there was none.
    """
    try:
        with runs.step("notify", data_root) as record:
            known = runs.run_id() or run_id
            summary = _sum_up(data_root, known, state, error)
            record.facts(status=summary.status, notified=tell(summary))
    except Exception:
        # The run's own result is what counts; nothing here may turn a success into a failure.
        traceback.print_exc(file=sys.stderr)


def _sum_up(data_root: str, run_id: str, state: str, error: str) -> Summary:
    """The summary, written to its place. If that fails, what the runner knows: somebody should hear of it."""
    try:
        summary = summarise(run_id, runs.read_records(data_root, run_id), state, error or None)
        uri = storage.join(data_root, "runs", run_id, "summary.json")
        storage.write_text(uri, summary.model_dump_json(indent=2) + "\n")
    except Exception as lost:
        traceback.print_exc(file=sys.stderr)
        known = summarise(run_id, [], state, error or None)
        return known.model_copy(update={"warnings": (f"The summary could not be made: {lost}",)})
    return summary


def tell(summary: Summary) -> dict[str, str]:
    """Notify as BRANDLENS_NOTIFICATION says; returns way -> "delivered" or why not. Empty if nobody wants to know."""
    settings = _settings()
    if settings is None or not message.wanted(summary, settings.when):
        return {}
    link = settings.link.replace("{run}", summary.run_id)
    told = {}
    if settings.webhook_env or settings.webhook_secret:
        body = message.payload(summary, settings.format, link)
        told["webhook"] = delivery.attempt(lambda: delivery.post(delivery.address(settings), body, settings.timeout_s))
    if settings.command:
        mail = message.email(summary, link, settings.to)
        told["command"] = delivery.attempt(lambda: delivery.run_command(settings.command, mail, settings.timeout_s))
    for way, how in told.items():
        print(f"notification by {way}: {how}", file=sys.stderr)
    return told


def _settings() -> Notification | None:
    value = os.environ.get(VARIABLE)
    return Notification.model_validate_json(value) if value else None
