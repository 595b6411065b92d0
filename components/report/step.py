"""report: one HTML page, drawn after the gate has decided."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from components import published, rates, runs, storage
from components.artifacts import Evaluation, Examples, Findings, Selection, Snapshot, TrainedModel, Verdict
from components.rates import Rates


def run(
    snapshot_path: str,
    findings_path: str,
    selection_path: str,
    model_path: str,
    evaluation_path: str,
    verdict_path: str,
    data_root: str,
    report_path: str,
) -> None:
    """Write the page to report_path and, inside a run, to <data root>/runs/<run id>/report.html.

    Raises StorageError if the examples cannot be read or the page cannot be written.
    """
    with runs.step("report", data_root) as record:
        paths = (snapshot_path, findings_path, selection_path, model_path, evaluation_path, verdict_path)
        paid = rates.of_environment()
        # Not the records: the page tells what finding the model took, also to the runs that find all of it made before.
        texts = [Path(path).read_text(encoding="utf-8") for path in paths]
        key = published.key(inputs=texts, rates=paid.model_dump(mode="json"))
        uri = storage.join(data_root, "report", key, "report.html")
        record.reused = storage.exists(uri)
        if not record.reused:
            run = runs.run_id()
            storage.write_text(uri, _draw(*paths, runs.read_records(data_root, run) if run else [], paid))
        page = storage.read_text(uri)
        Path(report_path).parent.mkdir(parents=True, exist_ok=True)
        Path(report_path).write_text(page, encoding="utf-8")
        run_id = runs.run_id()
        if run_id is not None:
            uri = storage.join(data_root, "runs", run_id, "report.html")
            storage.write_text(uri, page)
        record.facts(report_uri=uri)


def _draw(
    snapshot: str, findings: str, selection: str, model: str, evaluation: str, verdict: str,
    records: Sequence[runs.StepRecord], paid: Rates,
) -> str:  # fmt: skip
    from components.report.bill import bill
    from components.report.page import Content, render

    chosen, trained = Selection.read(selection), TrainedModel.read(model)
    judged, stored = Evaluation.read(evaluation), Snapshot.read(snapshot)
    examples = published.find(Examples, judged.examples_uri) or Examples(wrong=(), right=())
    content = Content(
        snapshot=stored,
        findings=Findings.read(findings),
        selection=chosen,
        model=trained,
        evaluation=judged,
        verdict=Verdict.read(verdict),
        examples=examples,
        thumbnails=_thumbnails(stored, examples),
        bill=bill(records, chosen, trained, paid),
    )
    return render(content)


def _thumbnails(snapshot: Snapshot, examples: Examples) -> dict[str, str]:
    from components.drawing.thumbnails import data_uri
    from components.records import read_images

    wanted = [example.id for example in (*examples.wrong, *examples.right)]
    return {image: data_uri(picture) for image, picture in read_images(snapshot, wanted).items()}
