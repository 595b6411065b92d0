"""Values and files become sections, or one error with every finding."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from components.errors import ConfigError

Checked = TypeVar("Checked", bound=BaseModel)


def parse(model: type[Checked], values: Mapping[str, Any], source: str) -> Checked:
    """Check values against model; source names them in the error.

    Raises ConfigError with every finding: the key, the value and what is allowed.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        # A tuple whose one item is wrong is also reported as too short: the second finding would only mislead.
        items = [dict(item) for item in error.errors()]
        real = [item for item in items if not (item["type"] == "too_short" and item["input"])]
        raise ConfigError(source, [_finding(item) for item in real]) from error


def load(path: str | Path | None, model: type[Checked]) -> Checked:
    """Read a YAML file; None gives the defaults.

    Raises ConfigError if the file cannot be read, is not YAML, is not a mapping, or has findings.
    """
    if path is None:
        return model()
    try:
        values = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(str(path), [f"cannot be read: {error.strerror}"]) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), [f"is not YAML: {error}"]) from error
    if values is None:
        values = {}
    if not isinstance(values, dict):
        raise ConfigError(str(path), [f"must be a mapping of keys to values, got {type(values).__name__}"])
    return parse(model, values, str(path))


def _finding(item: dict[str, Any]) -> str:
    key = ".".join(str(part) for part in item["loc"]) or "(whole)"
    if item["type"] == "extra_forbidden":
        return f"{key}: unknown key (value {item['input']!r})"
    message = item["msg"].removeprefix("Value error, ")
    return f"{key}: {message}" + ("" if isinstance(item["input"], dict) else f" (got {item['input']!r})")
