"""Real options for real services: parsed and judged by Beam, and the real pipeline translated for Dataflow."""

import pytest
import yaml
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.options.pipeline_options_validator import PipelineOptionsValidator
from apache_beam.runners.dataflow.dataflow_runner import DataflowRunner
from apache_beam.runners.dataflow.internal import apiclient
from apache_beam.runners.portability.portable_runner import PortableRunner

from components.errors import ConfigError
from pipelines import profiles

IMAGE = "europe-docker.pkg.dev/my-project/models/brandlens-data:0.1.0"
DATAFLOW = {"runner": "dataflow", "project": "my-project", "region": "europe-west4"}
FLINK = {"runner": "flink", "job_endpoint": "flink-job-server:8099"}


@pytest.fixture
def profile(tmp_path):
    def load(**fields):
        fields = {"platform": "kubeflow", "data_root": "gs://my-bucket/brandlens", "images": {"data": IMAGE}, **fields}
        (tmp_path / "mine.yaml").write_text(yaml.safe_dump(fields))
        return profiles.load(str(tmp_path / "mine.yaml"))

    return load


def test_dataflow_gets_exactly_these_options(profile):
    mine = profile(
        beam=DATAFLOW, server={"labels": {"team": "vision"}}, beam_options=["--number_of_worker_harness_threads=8"]
    )
    assert mine.beam_arguments() == [
        "--runner=DataflowRunner",
        "--project=my-project",
        "--region=europe-west4",
        "--temp_location=gs://my-bucket/brandlens/beam/temp",
        "--staging_location=gs://my-bucket/brandlens/beam/staging",
        f"--sdk_container_image={IMAGE}",
        "--sdk_location=container",
        "--no_save_main_session",
        "--machine_type=e2-standard-4",
        "--max_num_workers=20",
        "--disk_size_gb=50",
        "--labels=team=vision",
        "--number_of_worker_harness_threads=8",
    ]


def test_dataflow_takes_its_own_place_account_and_network(profile):
    network = {"subnetwork": "regions/europe-west4/subnetworks/inner", "public_ips": False}
    mine = profile(beam={**DATAFLOW, **network, "temp": "gs://other-bucket/x/", "service_account": "w@my-project.iam"})
    assert set(mine.beam_arguments()) >= {
        "--temp_location=gs://other-bucket/x/temp", "--staging_location=gs://other-bucket/x/staging",
        "--service_account_email=w@my-project.iam", "--subnetwork=regions/europe-west4/subnetworks/inner",
        "--no_use_public_ips",
    }  # fmt: skip


def test_flink_gets_exactly_these_options(profile):
    assert profile(beam={**FLINK, "parallelism": 16}).beam_arguments() == [
        "--runner=PortableRunner",
        "--job_endpoint=flink-job-server:8099",
        "--environment_type=EXTERNAL",
        "--environment_config=localhost:50000",
        "--sdk_worker_parallelism=0",
        "--no_save_main_session",
        "--parallelism=16",
    ]


def test_without_a_service_the_options_are_the_profiles_own(profile):
    assert profile(beam_options=["--runner=FnApiRunner"]).beam_arguments() == ["--runner=FnApiRunner"]


@pytest.mark.parametrize("extra", [{}, {"service_account": "w@my-project.iam", "public_ips": False}])
def test_beam_finds_no_fault_in_the_options_for_dataflow_and_knows_them_all(profile, extra):
    options = PipelineOptions([*profile(beam={**DATAFLOW, **extra}).beam_arguments(), "--dry_run=True"])
    assert PipelineOptionsValidator(options, DataflowRunner()).validate() == []
    assert _unknown(options) == []


@pytest.mark.parametrize("runner", ["flink", "spark"])
def test_beam_finds_no_fault_in_the_options_for_a_job_server_and_knows_them_all(profile, runner):
    options = PipelineOptions(profile(beam={**FLINK, "runner": runner, "parallelism": 4}).beam_arguments())
    assert PipelineOptionsValidator(options, PortableRunner()).validate() == []
    assert _unknown(options) == []


def test_an_option_that_beam_does_not_know_would_be_seen():
    assert _unknown(PipelineOptions(["--machine_typo=n2"])) == ["machine_typo"]


def _unknown(options):
    """Arguments that no class of options of Beam takes."""
    known = options.get_all_options(add_extra_args_fn=None, retain_unknown_options=False)
    return sorted(set(options.get_all_options(retain_unknown_options=True)) - set(known))


@pytest.mark.parametrize(
    ("fields", "finding"),
    [
        ({"beam": DATAFLOW, "data_root": ""}, "beam.temp: empty, and data_root is no bucket"),
        ({"beam": DATAFLOW, "images": {}}, "images.data: brandlens-data:.* names no registry"),
        ({"beam": FLINK, "beam_options": ["--runner=FnApiRunner"]}, "FnApiRunner: beam.runner says flink already"),
        ({"beam": {**FLINK, "job_endpoint": "http://x:1"}}, "beam.flink.job_endpoint"),
        ({"beam": {**DATAFLOW, "region": "Europe"}}, "beam.dataflow.region"),
        ({"beam": {**DATAFLOW, "temp": "/tmp/x"}}, "beam.dataflow.temp"),
        ({"beam": {"runner": "dask"}}, "'dataflow', 'flink', 'spark'"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_said_before_anything_starts(profile, fields, finding):
    with pytest.raises(ConfigError, match=finding):
        profile(**fields)


@pytest.fixture
def dataflow_job(profile, monkeypatch):
    """(function that runs a pipeline with options) -> what Dataflow would be sent: the pipeline, the environment."""

    def translate(run):
        jobs = []
        submit = DataflowRunner.run_pipeline

        def watched(self, *args, **kwargs):
            jobs.append((self, submit(self, *args, **kwargs)))
            return jobs[-1][1]

        monkeypatch.setattr(DataflowRunner, "run_pipeline", watched)
        options = [*profile(beam=DATAFLOW).beam_arguments(), "--dry_run=True"]  # translated whole, and not sent
        run(options)
        ((runner, _),) = jobs
        environment = apiclient.Environment(
            packages=[], options=PipelineOptions(options), environment_version="8",
            proto_pipeline_staged_url="gs://my-bucket/pipeline.pb", proto_pipeline=runner.proto_pipeline,
        ).proto  # fmt: skip
        return runner.proto_pipeline, environment

    return translate


def test_the_real_pipeline_translates_for_dataflow(dataflow_job):
    from components.config import DataConfig
    from components.preprocess import flow
    from components.preprocess.job import Job

    job = Job(
        entries_uri="gs://my-bucket/entries", base_manifest_uri="", folder="gs://my-bucket/fresh",
        manifest_uri="gs://my-bucket/manifest", images=10**8, labels=("acme", "zeta"), shards={"train": 4},
        takedown=frozenset(), config=DataConfig(), ticks="",
    )  # fmt: skip
    pipeline, environment = dataflow_job(lambda options: flow.execute(job, options))
    names = {transform.unique_name for transform in pipeline.components.transforms.values()}
    assert any(name.startswith("Read and stage") for name in names)
    containers = {env.urn: env.payload for env in pipeline.components.environments.values()}
    assert list(containers) == ["beam:env:docker:v1"]
    assert IMAGE.encode() in containers["beam:env:docker:v1"]
    (pool,) = environment.worker_pools
    assert [image.container_image for image in pool.sdk_harness_container_images] == [IMAGE]
    assert (pool.machine_type, pool.autoscaling_settings.max_num_workers, pool.disk_size_gb) == (
        "e2-standard-4",
        20,
        50,
    )
