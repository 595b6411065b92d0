"""Lists the images that a manifest names, wherever under the allowed roots they lie. Opens no image."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from components import storage
from components.ingest import sheet, sizes
from components.ingest.layout import Place, normal, place_of
from components.ingest.ordered import in_order, together
from components.ingest.problems import problem
from components.manifest import Entry, Reason
from components.storage import FileInfo

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


@dataclass(frozen=True)
class Target:
    """Where a line points."""

    path: str  # relative to the manifest's folder, the whole address elsewhere: unique in a listing
    uri: str  # without links
    reason: Reason | None = None
    detail: str = ""


@dataclass(frozen=True)
class Named:
    """A line and where it points."""

    line: sheet.Line
    target: Target


def list_entries(manifest_uri: str, allowed_roots: Sequence[str], data_root: str) -> Iterator[Entry]:
    """Every image that the manifest names, in order of path; one entry is in memory at a time.

    manifest_uri: an absolute local or gs:// address. allowed_roots: beside the manifest's own folder. What lies in
    the data root is never an image. Raises InputError if the manifest cannot be used, StorageError if it or a folder
    cannot be read.
    """
    findings = sheet.Findings(manifest_uri.rsplit("/", 1)[-1])
    named = _located(manifest_uri, allowed_roots, data_root, findings)
    checked = sheet.unrepeated(((normal(item.target.path), item) for item in named), findings)
    return (entry for _, entry in in_order((entry.path, entry) for entry in _entries(checked)))


def _located(
    manifest_uri: str, allowed_roots: Sequence[str], data_root: str, findings: sheet.Findings
) -> Iterator[Named]:
    home = manifest_uri.rsplit("/", 1)[0]
    roots = _roots(home, allowed_roots)
    for line in sheet.read(manifest_uri, findings):
        target = locate(line.uri, home, roots, data_root)
        if not _label(line, target):
            findings.add(f"{line.where} has no label ({line.uri})")
        yield Named(line, target)


def _entries(checked: Iterable[Named]) -> Iterator[Entry]:
    """In no order. Nothing is listed before all lines were checked."""
    folders = sizes.Folders()

    def wanted() -> Iterator[tuple[str, Named]]:
        for item in checked:
            if not item.target.reason:
                folders.add(item.target.uri)
            yield normal(item.target.uri), item

    def there() -> Iterator[tuple[str, FileInfo]]:
        return ((normal(info.uri), info) for info in folders.files())

    for _, named, infos in together(wanted(), there()):
        for item in named:
            yield _entry(item.line, item.target, _found(item.target, infos))


def _found(target: Target, infos: Sequence[FileInfo]) -> FileInfo | None:
    """The file of this name; if its letters are only spelled otherwise, that one."""
    if target.reason:
        return None
    return max(infos, key=lambda info: (info.uri == target.uri, info.uri), default=None)


def locate(uri: str, home: str, roots: dict[str, str], data_root: str) -> Target:
    """Where a manifest's uri points, if it may. home: the manifest's folder. roots: as written -> without links."""
    full = _clean(uri if uri.startswith(("/", "gs://")) else storage.join(home, uri))
    path = full[len(home) + 1 :] if _under(full, home) else full
    if ".." in uri.split("/"):
        return Target(uri, uri, Reason.OUTSIDE, "an address may not go up with ..")
    if _SCHEME.match(uri) and not storage.is_remote(uri):
        return Target(uri, uri, Reason.OUTSIDE, "only local files and gs:// are read")
    root = next((root for root in roots if _under(full, root)), None)
    if root is None:
        return Target(path, full, Reason.OUTSIDE, f"under none of {', '.join(sorted(roots))}; see data.allowed_roots")
    real = storage.absolute(storage.join(roots[root], full[len(root) :]))
    if not any(_under(real, place) for place in roots.values()):
        return Target(path, full, Reason.LINK, f"leads to {real}")
    if _under(real, data_root):
        return Target(path, real, Reason.OUTSIDE, f"lies in the data root {data_root}")
    return Target(path, real)


def _roots(home: str, allowed: Sequence[str]) -> dict[str, str]:
    written = [home, *(root.rstrip("/") for root in allowed)]
    pairs = {_clean(root): storage.absolute(root) for root in written}
    return {**pairs, **{real: real for real in pairs.values()}}


def _clean(uri: str) -> str:
    """Without empty and single-dot parts; names of objects are taken as they are."""
    return uri if storage.is_remote(uri) else posixpath.normpath(uri)


def _under(uri: str, root: str) -> bool:
    return uri.startswith(f"{root.rstrip('/')}/")


def _place(target: Target) -> Place | None:
    """What folders say, where they are the manifest's own."""
    return None if target.path.startswith(("/", "gs://")) else place_of(target.path)


def _label(line: sheet.Line, target: Target) -> str:
    place = _place(target)
    return line.label or (place.label if place else "")


def _entry(line: sheet.Line, target: Target, info: FileInfo | None) -> Entry:
    place = _place(target) or Place("")
    size, version, checksum = (info.size, info.version, info.checksum) if info else (0, "", "")
    entry = Entry(
        target.path, info.uri if info else target.uri, line.label or place.label, line.source or place.source,
        line.group or place.group, size, version, checksum=checksum, captured_at=line.captured_at,
    )  # fmt: skip
    if target.reason:
        return problem(entry, target.reason, target.detail)
    return entry if info else _absent(entry)


def _absent(entry: Entry) -> Entry:
    folder = os.path.dirname(entry.uri)
    if not storage.is_remote(entry.uri) and os.path.isdir(folder) and not os.access(folder, os.R_OK | os.X_OK):
        return problem(entry, Reason.UNREADABLE, "no permission to list its folder")
    return problem(entry, Reason.MISSING, "the manifest names it, no such file is there")
