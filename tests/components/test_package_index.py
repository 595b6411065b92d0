"""Downloads by pip's own command from an index that is a folder, by npm's offline: no network, no fake program."""

import hashlib
import io
import shutil
import tarfile
import zipfile

import pytest

from components import package_index
from components.errors import UnavailableError

FILENAME = "tiny_drawings-1.0-py3-none-any.whl"
MEMBER = "tiny_drawings/star.svg"


@pytest.fixture
def index(tmp_path, monkeypatch):
    """The folder that pip takes for the package index: a wheel of one drawing."""
    folder = tmp_path / "index"
    folder.mkdir()
    with zipfile.ZipFile(folder / FILENAME, "w") as wheel:
        wheel.writestr(MEMBER, "<svg/>")
        wheel.writestr(
            "tiny_drawings-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-drawings\nVersion: 1.0\n"
        )
        wheel.writestr("tiny_drawings-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("tiny_drawings-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def fetch(tmp_path):
    """sha256 -> the path of the wheel, kept in a folder of the test's own."""
    return lambda sha256: package_index.fetch("tiny-drawings", "1.0", FILENAME, sha256, str(tmp_path / "kept"))


def sha256_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_wheel_is_downloaded_by_hash_and_read_without_being_installed(index, fetch, tmp_path):
    path = fetch(sha256_of(index / FILENAME))
    assert path == str(tmp_path / "kept" / FILENAME)
    assert package_index.read_member(path, MEMBER) == b"<svg/>"
    assert [file.name for file in (tmp_path / "kept").iterdir()] == [FILENAME]


def test_another_content_under_the_name_is_refused_and_not_kept(index, fetch, tmp_path):
    with pytest.raises(UnavailableError, match=r"(?s)PyPI tiny-drawings 1\.0.*hash"):
        fetch("0" * 64)
    assert not (tmp_path / "kept").exists()


def test_without_a_network_the_error_names_the_release_the_cause_and_the_remedy(index, fetch, monkeypatch):
    monkeypatch.delenv("PIP_FIND_LINKS")
    with pytest.raises(UnavailableError) as error:
        fetch("0" * 64)
    assert "PyPI tiny-drawings 1.0 could not be had" in str(error.value)
    assert "No matching distribution found for tiny-drawings==1.0" in str(error.value)
    assert f"put {FILENAME} into {package_index.default_folder()}" in str(error.value)


def test_a_truncated_copy_is_downloaded_again(index, fetch):
    whole = (index / FILENAME).read_bytes()
    path = fetch(sha256_of(index / FILENAME))
    with open(path, "wb") as file:
        file.write(whole[:100])
    assert fetch(hashlib.sha256(whole).hexdigest()) == path
    with open(path, "rb") as file:
        assert file.read() == whole


def test_a_copy_that_is_kept_needs_no_index(index, fetch):
    sha256 = sha256_of(index / FILENAME)
    path = fetch(sha256)
    (index / FILENAME).unlink()
    assert fetch(sha256) == path


def test_a_member_that_is_missing_is_named(index, fetch):
    path = fetch(sha256_of(index / FILENAME))
    with pytest.raises(UnavailableError, match="moon"):
        package_index.read_member(path, "tiny_drawings/moon.svg")


def test_downloads_are_kept_in_the_cache_folder_of_the_user(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert package_index.default_folder() == "/somewhere/brandlens/downloads"


TARBALL = "tiny-drawings-1.0.0.tgz"


@pytest.fixture
def fetch_tarball(tmp_path, monkeypatch):
    """sha256 -> the path of a tarball from npm, which may not use a network."""
    monkeypatch.setenv("npm_config_offline", "true")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
    return lambda sha256: package_index.fetch(
        "tiny-drawings", "1.0.0", TARBALL, sha256, str(tmp_path / "kept"), index="npm"
    )


def test_without_npm_the_error_says_what_brings_it(fetch_tarball, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError) as error:
        fetch_tarball("0" * 64)
    assert "npm tiny-drawings 1.0.0 cannot be downloaded without npm. Install Node.js" in str(error.value)
    assert f"put {TARBALL} into {package_index.default_folder()}" in str(error.value)


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_without_a_network_the_error_says_what_npm_said(fetch_tarball, tmp_path):
    with pytest.raises(UnavailableError, match=r"npm tiny-drawings 1\.0\.0 could not be had.* npm said: .*ENOTCACHED"):
        fetch_tarball("0" * 64)
    assert not (tmp_path / "kept").exists()


@pytest.fixture
def tarball(tmp_path):
    """The path of a tarball with two files, as npm packs it."""
    path = tmp_path / TARBALL
    with tarfile.open(path, "w:gz") as archive:
        for name, text in (("package/star.svg", b"<svg/>"), ("package/moon.svg", b"<svg>moon</svg>")):
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text))
    return path


def test_files_of_a_tarball_come_in_the_order_in_which_they_were_asked_for(tarball):
    found = package_index.read_members(str(tarball), ["package/moon.svg", "package/star.svg"])
    assert list(found.items()) == [("package/moon.svg", b"<svg>moon</svg>"), ("package/star.svg", b"<svg/>")]


def test_a_file_that_a_tarball_lacks_is_named(tarball):
    with pytest.raises(UnavailableError, match=r"package/sun\.svg"):
        package_index.read_member(str(tarball), "package/sun.svg")


def test_a_truncated_tarball_is_an_error_with_a_remedy(tarball):
    tarball.write_bytes(tarball.read_bytes()[:60])
    with pytest.raises(UnavailableError, match="Remove it to have it downloaded again"):
        package_index.read_member(str(tarball), "package/star.svg")
