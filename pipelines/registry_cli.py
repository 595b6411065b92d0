"""The commands `brandlens registry ...`: what is served, what was, and going back."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.table import Table

from components import registry, storage, succession
from components.artifacts import RegisteredModel
from components.errors import InputError
from pipelines.terminal import out

app = typer.Typer(no_args_is_help=True, help="The registered models: which is served, which were, and going back.")

DataRoot = Annotated[str, typer.Option(help="Folder or gs:// prefix that the runs write to.")]
Number = Annotated[int, typer.Argument(min=1, help="A version's number, as `list` shows it.")]
DEFAULT_ROOT = "build/data"


@app.command("list")
def list_versions(
    data_root: DataRoot = DEFAULT_ROOT,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Every version with its date, backbone and test balanced accuracy; the champion is marked."""
    root = storage.absolute(data_root)
    versions = registry.versions(root)
    if not versions:
        raise InputError(f"There is no registered version in {root}: no run has promoted a model there yet.")
    states = _states(root)
    if as_json:
        rows = [{**_brief(version), "state": states.get(version.version, "")} for version in versions]
        print(json.dumps(rows, indent=2))
        return
    table = Table("version", "registered", "backbone", "balanced accuracy", "", box=None)  # fits 80 columns
    for version, row in zip(versions, map(_brief, versions), strict=True):
        score = "" if row["test_balanced_accuracy"] is None else f"{row['test_balanced_accuracy']:.3f}"
        state = states.get(version.version, "").split(" ")[0]
        style = "bold" if state == "champion" else None
        table.add_row(str(version.version), _date(version.registered_at), version.backbone, score, state, style=style)
    out.print(table)


@app.command()
def show(version: Number, data_root: DataRoot = DEFAULT_ROOT) -> None:
    """All that is known of one version, as JSON: its files, snapshot, weights, hyperparameters, and when it served."""
    root = storage.absolute(data_root)
    now, _ = registry.served(root)
    record = succession.find(root, version)
    served = [reign.model_dump(mode="json") for reign in now.reigns if reign.version == version] if now else []
    state = _states(root).get(version, "")
    print(json.dumps({**record.model_dump(mode="json"), "state": state, "served": served}, indent=2))


@app.command()
def promote(version: Number, data_root: DataRoot = DEFAULT_ROOT) -> None:
    """Serve this version from now on. The one that it replaces comes back only by hand."""
    before, after = succession.promote(storage.absolute(data_root), version)
    if before and before.version == after.version:
        out.print(f"Version {version} is the champion already.")
    else:
        _say(after, f" instead of version {before.version}" if before else "")


@app.command()
def rollback(data_root: DataRoot = DEFAULT_ROOT) -> None:
    """Serve the champion before the present one again. Once more goes one further back.

    The version that is taken out of service comes back only by `brandlens registry promote`, not by a run.
    """
    before, after = succession.roll_back(storage.absolute(data_root))
    _say(after, f", rolled back from version {before.version}")


def _say(version: RegisteredModel, instead: str) -> None:
    text = f"Version {version.version} is the champion{instead}: {version.uri}"
    out.print(text, highlight=False, markup=False, soft_wrap=True)


def _brief(version: RegisteredModel) -> dict[str, object]:
    names = {"version", "registered_at", "backbone", "model_id", "test_balanced_accuracy", "uri"}
    return version.model_dump(mode="json", include=names)


def _states(root: str) -> dict[int, str]:
    """Version -> what it is now; versions that merely were champion once have none."""
    now, _ = registry.served(root)
    if now is None:
        return {}
    away = succession.withdrawn(now.reigns)
    states = {reign.version: "withdrawn" for reign in now.reigns if reign.model_id in away}
    return {**states, now.version: f"champion since {_date(now.reigns[-1].since)}"}


def _date(moment: str) -> str:
    """ISO 8601 to the minute, for people: "2026-11-24 06:35"."""
    return moment[:16].replace("T", " ")
