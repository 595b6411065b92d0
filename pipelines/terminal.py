"""What every command shares: where it prints, and the two options that most of them have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

# Figures go to standard output, what a person watches to standard error: `brandlens run-local ... --json | jq` works.
out, screen = Console(), Console(stderr=True)

ConfigOption = Annotated[
    Path | None, typer.Option("--config", "-c", help="YAML: what is learned. See `brandlens config`.")
]
ProfileOption = Annotated[str, typer.Option("--profile", "-p", help="Where it runs: a name or a path to a YAML file.")]
