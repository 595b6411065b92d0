"""The best trial over all backbones. Reads pointer files only."""

from __future__ import annotations

from collections.abc import Sequence

from components import runs
from components.artifacts import SearchResult, Selection
from components.errors import InputError


def run(result_paths: list[str], data_root: str, selection_path: str) -> None:
    """Write the selection to selection_path. Raises InputError if the searches cannot be compared."""
    with runs.step("select", data_root) as record:
        selection = choose([SearchResult.read(path) for path in result_paths])
        selection.write(selection_path)
        trial = selection.best.best
        record.facts(
            backbone=selection.best.backbone, unfrozen_stages=trial.hyperparameters.unfrozen_stages,
            hyperparameters=trial.hyperparameters.model_dump(), score=trial.score,
        )  # fmt: skip


def choose(searches: Sequence[SearchResult]) -> Selection:
    """The search with the greatest score; of equal ones that which unfreezes fewer stages, then the first by name.

    Raises InputError if there is none, or if they differ in snapshot or objective.
    """
    if not searches:
        raise InputError("There are no searches to select from: name at least one backbone in search.backbones.")
    for what, values in (
        ("snapshots", {search.snapshot_id for search in searches}),
        ("objectives", {search.objective for search in searches}),
    ):
        if len(values) > 1:
            raise InputError(f"Searches of different {what} cannot be compared: {', '.join(sorted(values))}.")
    ordered = sorted(searches, key=_order)
    return Selection(best=ordered[0], searches=tuple(ordered))


def _order(search: SearchResult) -> tuple[float, int, str]:
    score = search.best.score
    return (1.0 if score is None else -score), search.best.hyperparameters.unfrozen_stages, search.backbone
