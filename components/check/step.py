"""Judges a snapshot before anything is trained: errors stop the run, warnings travel to the report.

The result is the judgement, errors and all, with the data report beside it: a second check of the same snapshot stops
for the same reasons without reading a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from components import manifest, published, runs, storage
from components.artifacts import Finding, Findings, Snapshot
from components.check import champion
from components.check.census import Census
from components.check.findings import Near, Past, examine
from components.check.nearness import Bars
from components.config import CheckConfig, DataConfig, parse
from components.errors import InputError, StorageError

PAGE = "data-report.html"


def run(
    snapshot_path: str, data_root: str, check: Mapping[str, Any], data: Mapping[str, Any], findings_path: str,
    page_path: str,
) -> None:  # fmt: skip
    """Write the findings to findings_path, the data report to page_path and into the run's folder.

    check, data: the configuration's sections of these names. Raises InputError with every error, its remedy and the
    place of the data report, which is written before.
    """
    with runs.step("check", data_root) as record:
        policy = parse(CheckConfig, check, "check")
        # The same distance that preprocess was told: a bar of its own would call some of its pairs leaks, or miss some.
        told = parse(DataConfig, data, "data").near_duplicates
        near = Near(Bars(told.max_distance, told.max_fine_distance), enforced=told.enabled)
        snapshot = Snapshot.read(snapshot_path)
        reference = champion.reference(data_root, snapshot)
        key = published.key(
            snapshot=snapshot.snapshot_id, check=policy.model_dump(mode="json"), near=told.model_dump(mode="json"),
            champion=[reference.version, reference.snapshot_id, reference.snapshot is not None],
        )  # fmt: skip
        folder = storage.join(storage.absolute(data_root), "check", key)
        found, record.reused = published.once(
            Findings, storage.join(folder, "findings.json"), lambda: _judge(snapshot, policy, near, reference, folder)
        )
        page_uri = _place_page(folder, data_root, page_path)
        record.facts(data_report_uri=page_uri, warnings=[f"{item.message} {item.remedy}" for item in found.warnings])
        _stop_on_errors(found, page_uri)
        found.write(findings_path)


def _judge(snapshot: Snapshot, policy: CheckConfig, near: Near, reference: champion.Reference, folder: str) -> Findings:
    """Examine the snapshot, and publish the page that shows the findings."""
    from components.check import page, pictures

    past, remarks = _past(reference)
    examined = examine(snapshot, lambda: manifest.read_rows(snapshot.manifest_uri), policy, near, past, remarks)
    drawn = page.render(snapshot, examined, pictures.gather(examined.census, examined.lookup))
    storage.write_text(storage.join(folder, PAGE), drawn)
    return examined.findings


def _past(reference: champion.Reference) -> tuple[Past | None, Iterable[Finding]]:
    """The census of the champion's snapshot, or the remark that says why there is none."""
    if reference.remark:
        return None, (reference.remark,)
    version, name = reference.version, reference.snapshot_id
    try:
        if reference.snapshot and version is not None and name is not None:
            return Past(version, name, Census.of(manifest.read_rows(reference.snapshot.manifest_uri))), ()
    except StorageError:
        pass  # its rows were erased with the images
    return None, (champion.gone(version, name),)


def _place_page(folder: str, data_root: str, page_path: str) -> str:
    """Copy the published page to where a person looks for it; its uri."""
    uri = storage.join(folder, PAGE)
    page = storage.read_text(uri)
    Path(page_path).parent.mkdir(parents=True, exist_ok=True)
    Path(page_path).write_text(page, encoding="utf-8")
    run_id = runs.run_id()
    if run_id is not None:
        uri = storage.join(storage.absolute(data_root), "runs", run_id, PAGE)
        storage.write_text(uri, page)
    return uri


def _stop_on_errors(found: Findings, page_uri: str) -> None:
    if found.errors:
        count = f"{len(found.errors)} problem" + ("" if len(found.errors) == 1 else "s")
        lines = [f"  - {item.message} {item.remedy}" for item in found.errors]
        heading = f"{count} in the images (snapshot {found.snapshot_id}):"
        raise InputError("\n".join([heading, *lines, f"The data report shows the images: {page_uri}"]))
