import pytest

from pipelines import volumes
from pipelines.profiles import Profile

DATA = {"volumes": [{"claim": "brandlens", "mount": "/data"}]}


def remarks(platform="kubeflow", **values):
    return list(volumes.remarks(Profile.model_validate({"platform": platform, **values})))


@pytest.mark.parametrize("place", ["/data", "/data/brandlens", "gs://b/brandlens", ""])
def test_a_place_on_a_volume_of_every_task_or_in_a_bucket_is_in_order(place):
    assert remarks(data_root=place, machine=DATA) == []


@pytest.mark.parametrize("place", ["/database", "/", "/mnt/data"])
def test_a_folder_that_only_looks_like_it_is_remarked_on(place):
    (said,) = remarks(data_root=place, machine=DATA)
    assert said.startswith(f"data_root: {place} is on no volume of ingest, preprocess, ")


def test_the_tasks_that_lack_the_volume_are_named():
    (said,) = remarks(raw="/data/raw", machine=DATA, machines={"tune": {"volumes": []}})
    assert said == "raw: /data/raw is on no volume of tune; name its claim in volumes, or use gs://"


def test_on_one_machine_a_folder_is_a_folder():
    assert remarks("local", data_root="/anywhere") == []
