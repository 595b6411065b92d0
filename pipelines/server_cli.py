"""The commands that speak to a server: `brandlens submit`, `brandlens schedule ...`."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from pipelines.terminal import ConfigOption, ProfileOption, out, screen

if TYPE_CHECKING:
    from pipelines.profiles import Profile
    from pipelines.server.backend import Backend, Progress, Started

INTERRUPTED = 130  # 128 + SIGINT, as shells do

schedules = typer.Typer(no_args_is_help=True, help="Runs that the server starts by itself.")

RawOption = Annotated[str, typer.Option(help="gs://bucket/raw, or a path on a volume; default: the profile's.")]
RootOption = Annotated[str, typer.Option("--data-root", help="gs://bucket/brandlens; default: the profile's.")]
WhichArgument = Annotated[str, typer.Argument(help="A schedule's name or id; see `brandlens schedule list`.")]


def submit(
    profile: ProfileOption = "kubeflow",
    config: ConfigOption = None,
    raw: RawOption = "",
    data_root: RootOption = "",
    name: Annotated[str, typer.Option(help="Of the run. One that has this name already is not started again.")] = "",
    wait: Annotated[bool, typer.Option("--wait", help="Follow the run and end as it ends.")] = False,
) -> None:
    """Run the whole pipeline on the profile's server: Kubeflow Pipelines or Vertex AI.

    Compiles, uploads the package unless the server has it, starts one run, prints its link.

    Example: `brandlens submit --profile my-kubeflow.yaml --config brands.yaml --wait`
    """
    from components import config as configuration
    from components.config import TrainingConfig
    from pipelines import profiles
    from pipelines import submit as submitting

    settings, place = configuration.load(config, TrainingConfig), profiles.load(profile)
    server, started = submitting.submit(settings, place, raw, data_root, name)
    print(started.link)
    screen.print(f"run {started.name}, package {started.version}", highlight=False, soft_wrap=True)
    if wait:
        _follow(server, started, place, submitting.places(place, raw, data_root)["data_root"])


def _follow(server: Backend, started: Started, place: Profile, data_root: str) -> None:
    """Show the run until it ends; a run that ended badly is an error, Ctrl-C leaves the run alone."""
    from pipelines import display, follow
    from pipelines.server.errors import RunFailedError

    try:
        progress = follow.follow(server, started, screen, place, data_root)
    except KeyboardInterrupt:
        screen.print(f"No longer watching; the run goes on: {started.link}", highlight=False, soft_wrap=True)
        sys.exit(INTERRUPTED)
    screen.print(follow.cost_note(progress.tasks, place, time.time()) or "0.00 GPU hours", highlight=False)
    summary = follow.summary_of(data_root, started.run_id)
    if summary:
        out.print(display.summary_table(summary))
    if progress.state != "succeeded":
        why = (summary.error if summary else "") or progress.error or _first_error(progress)
        raise RunFailedError(f"The run {progress.state}. {why} {started.link}")


def _first_error(progress: Progress) -> str:
    failed = [task for task in progress.tasks if task.state == "failed"]
    return f"{failed[0].step}: {failed[0].error or 'see its log'}." if failed else ""


@schedules.command("create")
def create_schedule(
    cron: Annotated[str, typer.Argument(help='Six fields, seconds first: "0 0 3 * * *" is every night at three.')],
    profile: ProfileOption = "kubeflow",
    config: ConfigOption = None,
    raw: RawOption = "",
    data_root: RootOption = "",
    name: Annotated[str, typer.Option(help="One schedule per name: it replaces the one before it.")] = "brandlens",
) -> None:
    """Start a run regularly: one at a time, and none for times that were missed.

    A run that finds fewer new images than the configuration's data.min_new_images ends early.

    Example: `brandlens schedule create "0 0 3 * * *" --profile my-kubeflow.yaml`
    """
    from components import config as configuration
    from components.config import TrainingConfig
    from pipelines import profiles, schedule

    settings, place = configuration.load(config, TrainingConfig), profiles.load(profile)
    made = schedule.create(settings, place, cron, raw, data_root, name)
    said = "made" if made.made else "was there already, the same"
    print(made.schedule.schedule_id)
    screen.print(f"schedule {name} {said}; next, if the server's clock is {place.server.time_zone}:", highlight=False)
    for moment in made.next_times:
        screen.print(f"  {moment:%a %Y-%m-%d %H:%M:%S %Z}", highlight=False)
    for old in made.replaced:
        screen.print(f"  replaced {old.schedule_id} ({old.cron})", highlight=False, soft_wrap=True)


@schedules.command("list")
def list_schedules(profile: ProfileOption = "kubeflow") -> None:
    """Show the schedules of the profile's server."""
    from pipelines import profiles, schedule

    table = Table(box=None, pad_edge=False)
    table.add_column("id", no_wrap=True, min_width=36)  # whole: other commands ask for it
    for name in ("name", "cron", "state", "package"):
        table.add_column(name, overflow="fold")
    found = schedule.listed(profiles.load(profile))
    for one in found:
        table.add_row(one.schedule_id, one.name, one.cron, "on" if one.enabled else "paused", one.version)
    out.print(table if found else "No schedules.", soft_wrap=True)


@schedules.command("pause")
def pause_schedule(which: WhichArgument, profile: ProfileOption = "kubeflow") -> None:
    """Start no more runs until it is resumed."""
    _switch(which, profile, False)


@schedules.command("resume")
def resume_schedule(which: WhichArgument, profile: ProfileOption = "kubeflow") -> None:
    """Start runs again; none for the times that were missed."""
    _switch(which, profile, True)


def _switch(which: str, profile: str, enabled: bool) -> None:
    from pipelines import profiles, schedule

    for one in schedule.switch(profiles.load(profile), which, enabled):
        out.print(f"{one.schedule_id} {'resumed' if enabled else 'paused'}", highlight=False, soft_wrap=True)


@schedules.command("delete")
def delete_schedule(which: WhichArgument, profile: ProfileOption = "kubeflow") -> None:
    """Remove it; runs that it has started go on."""
    from pipelines import profiles, schedule

    for one in schedule.delete(profiles.load(profile), which):
        out.print(f"{one.schedule_id} deleted", highlight=False, soft_wrap=True)
