import ast
import os

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from components.preprocess import shuffle

PACKS = [(number % 3, bytes([number]) * (number * 100)) for number in range(20)]
BY_KEY = {key: sorted(pack for place, pack in PACKS if place == key) for key in range(3)}
ONE = ["--runner=FnApiRunner", "--direct_running_mode=in_memory"]
THREE = ["--runner=FnApiRunner", "--direct_running_mode=multi_threading", "--direct_num_workers=3"]


def came_out(tmp_path, options, build):
    """What a transform gave, whichever worker it came to; build gets the pipeline."""
    tmp_path.mkdir(exist_ok=True)
    with beam.Pipeline(options=PipelineOptions(options)) as pipeline:
        build(pipeline) | beam.Map(repr) | beam.io.WriteToText(str(tmp_path / "out"))
    return [ast.literal_eval(line) for file in tmp_path.glob("out*") for line in file.read_text().splitlines()]


@pytest.fixture(params=["waiting in files", "in the runner"])
def folder(request, tmp_path):
    return str(tmp_path) if request.param == "waiting in files" else ""


@pytest.mark.parametrize("options", [ONE, THREE])
def test_packs_meet_by_key_wherever_they_wait(tmp_path, folder, options):
    given = came_out(
        tmp_path / "out", options,
        lambda pipeline: pipeline | beam.Create(PACKS) | shuffle.Grouped(folder) | beam.MapTuple(
            lambda key, packs: (key, sorted(packs))
        ),
    )  # fmt: skip
    assert dict(given) == BY_KEY


def test_packs_of_several_kinds_meet_and_a_kind_that_is_absent_is_empty(tmp_path, folder):
    def build(pipeline):
        named = {
            "rows": pipeline | "rows" >> beam.Create(PACKS),
            "findings": pipeline | "findings" >> beam.Create([(1, b"one"), (7, b"seven")]),
        }
        sort = beam.MapTuple(lambda key, found: (key, {name: sorted(packs) for name, packs in found.items()}))
        return named | shuffle.GroupedTogether(folder) | sort

    given = dict(came_out(tmp_path / "out", ONE, build))
    assert given[1] == {"rows": BY_KEY[1], "findings": [b"one"]}
    assert given[0]["findings"] == []
    assert given[7] == {"rows": [], "findings": [b"seven"]}


@pytest.mark.parametrize("options", [ONE, THREE])
def test_packs_that_are_dealt_out_come_through_once(tmp_path, folder, options):
    given = came_out(tmp_path / "out", options, lambda pipeline: pipeline | beam.Create(PACKS) | shuffle.Spread(folder))
    assert sorted(given) == sorted(PACKS)


def test_what_the_runner_groups_names_packs_that_lie_in_files(tmp_path):
    seen = came_out(
        tmp_path / "out", ONE, lambda pipeline: pipeline | beam.Create(PACKS) | beam.ParDo(shuffle._Put(str(tmp_path)))
    )
    assert max(len(place) for _, place in seen) < 50
    assert sum(path.stat().st_size for path in tmp_path.iterdir() if path.is_file()) == sum(
        len(pack) for _, pack in PACKS
    )


@pytest.mark.parametrize("options", [[], ONE, THREE, ["--runner=DirectRunner"]])
def test_beside_a_local_runner_packs_wait_in_a_folder_that_goes_with_the_run(options):
    with shuffle.folder(options) as made:
        assert os.path.isdir(made)
    assert not os.path.exists(made)


@pytest.mark.parametrize("runner", ["DataflowRunner", "PortableRunner"])
def test_a_service_groups_packs_itself(runner):
    with shuffle.folder([f"--runner={runner}"]) as made:
        assert made == ""
