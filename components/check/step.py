"""Judges a snapshot before anything is trained: errors stop the run, warnings travel to the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components import manifest, published, runs, storage
from components.artifacts import Findings, Snapshot
from components.check.findings import examine
from components.config import CheckConfig, parse
from components.errors import InputError


def run(snapshot_path: str, data_root: str, check: Mapping[str, Any], findings_path: str) -> None:
    """Write the warnings to findings_path. check: the configuration's section of that name.

    Raises InputError with every error and its remedy; nothing is published then.
    """
    with runs.step("check", data_root) as record:
        policy = parse(CheckConfig, check, "check")
        snapshot = Snapshot.read(snapshot_path)
        key = published.key(snapshot=snapshot.snapshot_id, check=policy.model_dump(mode="json"))
        uri = storage.join(storage.absolute(data_root), "check", key, "findings.json")
        found = published.find(Findings, uri)
        record.reused = found is not None
        if found is None:
            found = examine(snapshot, manifest.read_rows(snapshot.manifest_uri), policy)
            _stop_on_errors(found)
            published.publish(found, uri)
        found.write(findings_path)
        record.facts(warnings=[f"{item.message} {item.remedy}" for item in found.warnings])


def _stop_on_errors(found: Findings) -> None:
    if found.errors:
        count = f"{len(found.errors)} problem" + ("" if len(found.errors) == 1 else "s")
        lines = [f"  - {item.message} {item.remedy}" for item in found.errors]
        raise InputError("\n".join([f"{count} in the images (snapshot {found.snapshot_id}):", *lines]))
