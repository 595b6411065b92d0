"""Exceptions that carry policy: who continues, and with which exit code the process ends.

Exit codes follow sysexits.h where one fits, so that a scheduler can tell bad input from a bad disk.
"""

from __future__ import annotations

from collections.abc import Sequence


class BrandlensError(Exception):
    """A failure that we understand: its text says what, where, which value, and what to do next."""

    exit_code = 70  # EX_SOFTWARE


class InputError(BrandlensError):
    """The images or the files that the user gave cannot be used; nothing was computed from them."""

    exit_code = 65  # EX_DATAERR


class ConfigError(BrandlensError):
    """The configuration or profile is wrong; carries every finding, not just the first."""

    exit_code = 78  # EX_CONFIG

    def __init__(self, source: str, findings: Sequence[str]) -> None:
        self.findings = tuple(findings)
        count = f"{len(self.findings)} problem" + ("" if len(self.findings) == 1 else "s")
        super().__init__("\n".join([f"{count} in {source}:", *(f"  - {finding}" for finding in self.findings)]))


class StorageError(BrandlensError):
    """A place cannot be read or written: no permission, no space, no such bucket."""

    exit_code = 74  # EX_IOERR


class PointerMovedError(StorageError):
    """Someone else changed a pointer between our read and our write; read it again and decide anew."""


class UnavailableError(BrandlensError):
    """A service, a download or a weights file could not be had."""

    exit_code = 69  # EX_UNAVAILABLE
