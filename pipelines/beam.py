"""Which service runs the Beam pipeline of preprocess, and the exact options that it gets.

Without one, `beam_options` say how it runs in the pod of the step itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field

from components import storage
from components.config import Section

GCS = r"^(gs://[a-z0-9][-_a-z0-9.]+[a-z0-9]/.+)?$"
ADDRESS = r"^[^\s:/]+:\d{1,5}$"


class Dataflow(Section):
    """Google Cloud Dataflow: workers that come and go with the work, in the data image."""

    runner: Literal["dataflow"]
    project: str = Field(pattern=r"^[a-z][-a-z0-9:.]+[a-z0-9]$")
    region: str = Field(pattern=r"^[a-z]+-[a-z]+\d+$")
    temp: str = Field("", pattern=GCS)  # a folder of a bucket; empty: beam/ below the data root
    service_account: str = ""  # of the workers; empty: the project's default for virtual machines
    machine_type: str = "e2-standard-4"
    max_workers: int = Field(20, ge=1, le=4000)
    disk_gb: int = Field(50, ge=30)  # of each worker; the image alone fills some of it
    subnetwork: str = ""  # https://www.googleapis.com/compute/v1/projects/... or regions/REGION/subnetworks/NAME
    public_ips: bool = True  # false needs Private Google Access in the subnetwork


class JobServer(Section):
    """Flink or Spark behind Beam's job server, with a worker pool in the data image beside every worker."""

    runner: Literal["flink", "spark"]
    job_endpoint: str = Field(pattern=ADDRESS)  # of the job server: host:port, mostly port 8099
    worker_pool: str = Field("localhost:50000", pattern=ADDRESS)  # as the cluster's workers reach it
    processes: int = Field(0, ge=0)  # of Python for each worker of the cluster; 0: the runner's choice, by its cores
    parallelism: int = Field(0, ge=0)  # Flink's; 0: the cluster's default


Service = Annotated[Dataflow | JobServer, Field(discriminator="runner")]


def beam_options(
    service: Service | None, image: str, data_root: str, labels: Mapping[str, str], more: Sequence[str]
) -> list[str]:
    """Beam's command-line options. image: the data image. labels: on what costs money. more: the profile's own."""
    if service is None:
        return list(more)
    if isinstance(service, JobServer):
        return [*_of_job_server(service), *more]
    return [*_of_dataflow(service, image, data_root, labels), *more]


def beam_findings(service: Service | None, image: str, data_root: str, more: Sequence[str]) -> list[str]:
    """What a profile says that cannot work."""
    if service is None:
        return []
    ours = [option for option in more if option.split("=")[0] in ("--runner", "--direct_running_mode")]
    found = [f"beam_options: {', '.join(ours)}: beam.runner says {service.runner} already"] if ours else []
    if isinstance(service, Dataflow):
        if not service.temp and not storage.is_remote(data_root):
            found.append("beam.temp: empty, and data_root is no bucket; name a gs:// folder for Dataflow's files")
        if "/" not in image:
            found.append(f"images.data: {image} names no registry from which Dataflow's workers could pull it")
    return found


def _of_dataflow(service: Dataflow, image: str, data_root: str, labels: Mapping[str, str]) -> list[str]:
    temp = service.temp.rstrip("/") or storage.join(data_root.rstrip("/"), "beam")
    given = {"service_account_email": service.service_account, "subnetwork": service.subnetwork}
    return [
        "--runner=DataflowRunner",
        f"--project={service.project}",
        f"--region={service.region}",
        f"--temp_location={temp}/temp",
        f"--staging_location={temp}/staging",
        f"--sdk_container_image={image}",
        "--sdk_location=container",  # Beam is in the image; nothing is installed when a worker starts
        "--no_save_main_session",  # __main__ is kfp's, and what workers need they import
        f"--machine_type={service.machine_type}",
        f"--max_num_workers={service.max_workers}",
        f"--disk_size_gb={service.disk_gb}",
        *(f"--{name}={value}" for name, value in given.items() if value),
        *([] if service.public_ips else ["--no_use_public_ips"]),
        *(f"--labels={key}={value}" for key, value in labels.items()),
    ]


def _of_job_server(service: JobServer) -> list[str]:
    return [
        "--runner=PortableRunner",  # what stands behind the endpoint is the job server's own business
        f"--job_endpoint={service.job_endpoint}",
        "--environment_type=EXTERNAL",
        f"--environment_config={service.worker_pool}",
        f"--sdk_worker_parallelism={service.processes}",
        "--no_save_main_session",
        *([f"--parallelism={service.parallelism}"] if service.runner == "flink" and service.parallelism else []),
    ]
