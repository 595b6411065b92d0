"""The command `brandlens erase`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from components import storage
from components.errors import InputError
from pipelines.terminal import out

if TYPE_CHECKING:
    from components.erasure.plan import Plan
    from components.erasure.request import Request


def erase(
    data_root: Annotated[str, typer.Option(help="Folder or gs:// prefix that the runs write to.")] = "build/data",
    ids: Annotated[list[str] | None, typer.Option("--id", help="SHA-256 of an image file; may be repeated.")] = None,
    uris: Annotated[
        list[str] | None, typer.Option("--uri", help="Address of an image, or its path in the raw folder.")
    ] = None,
    groups: Annotated[list[str] | None, typer.Option("--group", help="All images of a group: an account.")] = None,
    takedown: Annotated[str | None, typer.Option(help="File of ids and addresses, one per line.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say where the images are held; change nothing.")] = False,
) -> None:
    """Erase images from everything that runs have written. No run may be in progress.

    Records are written anew without them, pages and answers that show or name them are removed, and they are refused
    from then on, should they still lie in the raw folder. The raw files themselves are yours to delete. A command that
    was interrupted is finished by the next one.
    """
    from components.erasure import carrying, finding, plan

    root = storage.absolute(data_root).rstrip("/")
    begun = plan.pending(root)
    found = finding.find(root, _request(ids, uris, groups, takedown, begun is not None), begun)
    if not found.ids:
        raise InputError(f"No manifest in {root} knows such an image. Nothing is held, nothing was changed.")
    for line in described(found):
        out.print(line, highlight=False, markup=False, soft_wrap=True)
    if dry_run:
        out.print("Nothing was changed.")
        return
    carrying.carry_out(root, found)
    if found.is_empty:
        out.print("Nothing here holds them. Their ids are refused from now on.", highlight=False)
    else:
        out.print("Erased, and refused from now on. Old models stay: see docs/operations.md.", highlight=False)


def described(found: Plan) -> list[str]:
    """What a plan is going to do, for people: one line for each place."""
    lines = [f"{len(found.ids)} images: {', '.join(found.paths) or ', '.join(found.ids)}"]
    lines += [f"set aside for {path}, which shows the same picture and stays: erase it, too?" for path in found.alike]
    lines += [f"{len(item.ids)} records of increment {item.increment_id}: {item.uri}" for item in found.replacements]
    lines += [f"snapshot, newest of {item.lineage}, is replaced: {item.uri}" for item in found.successions]
    lines += [f"snapshot and its manifest: {uri}" for uri in found.snapshots]
    lines += [f"folder: {uri}" for uri in found.folders]
    return [*lines, *(f"file: {uri}" for uri in found.files)]


def _request(
    ids: list[str] | None, uris: list[str] | None, groups: list[str] | None, file: str | None, is_begun: bool
) -> Request:
    from components import takedown
    from components.erasure.request import Request

    wrong = [name for name in ids or [] if not takedown.ID.fullmatch(name)]
    if wrong:
        raise InputError(f"--id takes the SHA-256 of a file, 64 hexadecimal digits, not {', '.join(wrong)}.")
    words = "\n".join([*(ids or []), *(uris or [])])
    named = takedown.parse("", words.encode())
    if file:
        named |= takedown.parse(file, storage.read_bytes(storage.absolute(file)))
    if not (named.ids or named.addresses or groups or is_begun):
        raise InputError("Name what to erase: --id, --uri, --group or --takedown.")
    return Request(named, frozenset(groups or []))
