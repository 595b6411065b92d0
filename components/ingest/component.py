"""The face of ingest."""

from kfp import dsl

from components import containers


@dsl.component(base_image=containers.DATA, install_kfp_package=False)
def ingest(raw: str, data_root: str, data: dict) -> str:
    """List what lies in raw; the listing's uri, or "" if too little is new. See components.ingest.step.run."""
    from components.ingest.step import run

    return run(raw, data_root, data)
