"""Reads a package with the messages of another release: parse_as.py FOLDER PACKAGE; prints what it does not know.

A process of its own, for one process holds but one release of a message. FOLDER has kfp_pipeline_spec and, if its
Kubernetes settings are to be read, kfp_kubernetes.
"""

import importlib
import sys
import types
from pathlib import Path

import yaml
from google.protobuf import json_format


def message(folder, module):
    """A module out of FOLDER: the packages above it would bring in this environment's release."""
    parents = module.split(".")[:-1]
    for depth in range(1, len(parents) + 1):
        package = types.ModuleType(".".join(parents[:depth]))
        package.__path__ = [str(Path(folder, *parents[:depth]))]
        sys.modules[package.__name__] = package
    loaded = importlib.import_module(module)
    assert Path(loaded.__file__).is_relative_to(folder), loaded.__file__
    return loaded


def unknown(what, values, kind):
    try:
        json_format.ParseDict(values, kind())
    except json_format.ParseError as error:
        return [f"{what}: {error}"]
    return []


def main(folder, package):
    spec, platform = (document for document in yaml.safe_load_all(Path(package).read_text()) if document)
    pipeline = message(folder, "kfp.pipeline_spec.pipeline_spec_pb2")
    findings = unknown("pipeline", spec, pipeline.PipelineSpec)
    findings += unknown("executors", spec["deploymentSpec"], pipeline.PipelineDeploymentConfig)
    findings += unknown("platform", platform, pipeline.PlatformSpec)
    if Path(folder, "kfp", "kubernetes").is_dir():
        kind = message(folder, "kfp.kubernetes.kubernetes_executor_config_pb2").KubernetesExecutorConfig
        executors = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
        for name, settings in executors.items():
            findings += unknown(name, settings, kind)
        print(f"{len(executors)} executors read")
    print(*findings, sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
