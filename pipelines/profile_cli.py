"""The command that checks a profile: `brandlens profile check`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.terminal import out

if TYPE_CHECKING:
    from pipelines.profiles import Profile

app = typer.Typer(no_args_is_help=True, help="Where a pipeline runs.")


@app.callback()
def _group() -> None:
    """Without this, Typer would take the only command for the group itself."""


@app.command("check")
def check_profile(
    profile: Annotated[str, typer.Argument(help="A name or a path to a YAML file.")],
    cluster: Annotated[
        bool, typer.Option(help="Ask the cluster of your kubeconfig for namespace, account, secrets, claims and nodes.")
    ] = True,
) -> None:
    """Check a profile; ask its cluster whether what it names is there, and its server whether it answers.

    Ends with 78 if something that the profile names is missing.
    """
    from components.errors import ConfigError
    from pipelines import profiles, volumes
    from pipelines.server import backend

    place = profiles.load(profile)
    _say(f"{profile} is in order.")
    if place.platform == "local":
        return
    for remark in [*profiles.remarks(place), *volumes.remarks(place)]:
        _say(f"note: {remark}")
    missing = _ask_cluster(place) if cluster and place.platform == "kubeflow" else []
    condition = backend.of(place).condition()
    _say(f"The server answers: {place.platform} {condition.version or 'of a version that it does not say'}")
    for finding in condition.findings:
        _say(f"  {finding}")
    if missing:
        raise ConfigError(profile, missing)


def _ask_cluster(place: Profile) -> list[str]:
    """Print what the cluster has of what the profile names; returns what is missing."""
    from pipelines.server import cluster

    findings = list(cluster.look(place))
    for finding in findings:
        _say(f"{finding.state}: {finding.text}")
    return [finding.text for finding in findings if finding.state == "missing"]


def _say(text: str) -> None:
    out.print(text, highlight=False, soft_wrap=True, markup=False)
