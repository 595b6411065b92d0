"""The best trial over all backbones. Reads pointer files only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from components import failed_trials, runs
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

    Raises InputError if there is none, if they differ in snapshot or objective, if a worker's is missing, or if every
    trial of a backbone failed.
    """
    if not searches:
        raise InputError("There are no searches to select from: name at least one backbone in search.backbones.")
    for what, values in (
        ("snapshots", {search.snapshot_id for search in searches}),
        ("objectives", {search.objective for search in searches}),
    ):
        if len(values) > 1:
            raise InputError(f"Searches of different {what} cannot be compared: {', '.join(sorted(values))}.")
    if findings := [finding for found in _by_backbone(searches).values() for finding in _findings(found)]:
        raise InputError("\n".join(findings))
    ordered = sorted(searches, key=_order)
    return Selection(best=ordered[0], searches=tuple(ordered))


def _by_backbone(searches: Sequence[SearchResult]) -> dict[str, list[SearchResult]]:
    """The workers' searches of each backbone, in order of their numbers."""
    found: dict[str, list[SearchResult]] = {}
    for search in sorted(searches, key=lambda search: search.worker):
        found.setdefault(search.backbone, []).append(search)
    return found


def _findings(found: Sequence[SearchResult]) -> Iterator[str]:
    """What speaks against the workers' searches of one backbone."""
    backbone, trials = found[0].backbone, [trial for search in found for trial in search.trials]
    numbers, expected = [search.worker for search in found], list(range(1, found[0].workers + 1))
    if numbers != expected or len({search.workers for search in found}) > 1:
        there = ", ".join(search.task for search in found)
        yield f"{backbone}: there must be one search of each of its {expected[-1]} workers, got {there}."
    if all(trial.score is None for trial in trials):
        yield (
            f"All {len(trials)} trials of {backbone} failed, of all its workers. The first: {trials[0].reason}. "
            f"{failed_trials.advice(trials[0].reason)}"
        )


def _order(search: SearchResult) -> tuple[float, int, str, int]:
    score, depth = search.best.score, search.best.hyperparameters.unfrozen_stages
    return (1.0 if score is None else -score), depth, search.backbone, search.worker
