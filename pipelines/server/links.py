"""The page of a run. Pure."""

from __future__ import annotations

from pipelines.profiles import Profile
from pipelines.server.profile import Server

RUN = "{run}"  # stands for the run's id


def of_run(profile: Profile, run_id: str = RUN) -> str:
    """The page that shows a run; empty if the profile does not know it, or only this machine could open it."""
    server = profile.server
    if profile.platform == "vertex" and server.project and server.region:
        return on_vertex(server, run_id)
    # An endpoint without a certificate is a port-forward or an address inside the cluster.
    page = server.ui or (server.endpoint if server.endpoint.startswith("https://") else "")
    return f"{page}/#/runs/details/{run_id}" if profile.platform == "kubeflow" and page else ""


def on_vertex(server: Server, run_id: str) -> str:
    """The page in Google Cloud's console."""
    return (
        f"https://console.cloud.google.com/vertex-ai/locations/{server.region}/pipelines/runs/{run_id}"
        f"?project={server.project}"
    )
