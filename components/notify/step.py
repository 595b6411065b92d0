"""notify: the exit handler. It sums up whatever there is and never makes a run fail."""

from __future__ import annotations

import sys
import traceback

from components import runs, storage
from components.summary import summarise


def run(data_root: str, run_id: str, state: str, error: str) -> None:
    """Write <data root>/runs/<run id>/summary.json.

    run_id: of the runner; inside a run that knows its own id, that one counts. error: empty if there was none.
    """
    try:
        with runs.step("notify", data_root) as record:
            known = runs.run_id() or run_id
            summary = summarise(known, runs.read_records(data_root, known), state, error or None)
            uri = storage.join(data_root, "runs", known, "summary.json")
            storage.write_text(uri, summary.model_dump_json(indent=2) + "\n")
            record.facts(status=summary.status, summary_uri=uri)
    except Exception:
        # The run's own result is what counts; a lost summary must not turn a success into a failure.
        traceback.print_exc(file=sys.stderr)
