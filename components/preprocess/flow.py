"""The Beam pipeline: read once and stage, bring equal bytes and equal pictures together, decide, write.

Rows travel between workers, packed by thousands, pixels never (shuffle.py): an image is encoded where it is read and
waits in a staging file, from which the shard that admits it takes its bytes. Nothing collects all rows: what a snapshot
says of itself is added up from sums that the parts of its manifest leave.
"""
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.runner import PipelineResult
from apache_beam.transforms import combiners

from components import storage
from components.preprocess import deciding, reading, shuffle, writing
from components.preprocess.increment import Shard
from components.preprocess.job import Job
from components.preprocess.writing import Tally


def execute(job: Job, options: Sequence[str]) -> PipelineResult:
    """Run the pipeline to its end: TFRecord shards in the job's folder, parts of the manifest in the manifest's.

    What one image does wrong is written in its row. The result has counters of what was refused, and why.
    Raises StorageError if the folders cannot be written.
    """
    with shuffle.folder(options) as folder:
        pipeline = beam.Pipeline(options=PipelineOptions(list(options)))
        _build(pipeline, job, folder)
        result = pipeline.run()
        result.wait_until_finish()
    return result


def _build(pipeline: beam.Pipeline, job: Job, folder: str) -> None:
    """folder: where packs wait, see shuffle."""
    listed = (
        pipeline
        | beam.Create([None])
        | "List" >> beam.FlatMap(partial(reading.listing, job=job)).with_outputs(reading.KNOWN, main="unread")
    )
    read = (
        listed.unread
        | "By chunk" >> shuffle.Spread(folder)
        | "Read and stage" >> beam.FlatMap(partial(reading.read, job=job))
    )
    rest, shards = _decide([listed[reading.KNOWN], read], job, folder)
    shards = shards | combiners.ToList()
    tallies = (
        rest
        | "By part" >> shuffle.Grouped(folder)
        | "Write manifest" >> beam.Map(partial(writing.write_part, job=job), beam.pvalue.AsSingleton(shards))
        | "Tallies" >> combiners.ToList()
    )
    for name, sums in {"shards": shards, "tallies": tallies}.items():
        sums | f"Tell {name}" >> beam.Map(partial(_tell, uri=_sums_uri(job, name)))


def _decide(rows: Sequence[Any], job: Job, folder: str) -> tuple[Any, Any]:
    """Rows by home -> final rows by part of the manifest, and the shards that were written."""
    equal = (
        rows
        | beam.Flatten()
        | "By home" >> shuffle.Grouped(folder)
        | "Equal bytes" >> beam.FlatMap(partial(deciding.equals, job=job)).with_outputs(deciding.PICTURES, main="rows")
    )
    findings = (
        equal[deciding.PICTURES]
        | "By band" >> shuffle.Grouped(folder)
        | "Equal pictures" >> beam.FlatMap(partial(deciding.alike, job=job))
    )
    judged = (
        {"rows": equal.rows, "findings": findings}
        | "By home again" >> shuffle.GroupedTogether(folder)
        | "Judge" >> beam.FlatMap(partial(deciding.judged, job=job)).with_outputs(deciding.RECORDS, main="rest")
    )
    written = (
        judged[deciding.RECORDS]
        | "By shard" >> shuffle.Grouped(folder)
        | "Write shards"
        >> beam.FlatMap(partial(writing.write_shard, job=job)).with_outputs(writing.SHARDS, main="rest")
    )
    rest = (judged.rest, written.rest) | "All rows" >> beam.Flatten()
    return rest, written[writing.SHARDS]


def _tell(sums: Sequence[Shard | Tally], uri: str) -> None:
    storage.write_text(uri, json.dumps([asdict(item) for item in sums]))


def _sums_uri(job: Job, name: str) -> str:
    return storage.join(job.sums, f"{name}.json")


def told(job: Job) -> tuple[list[Shard], list[Tally]]:
    """What a finished pipeline left: the shards that it wrote, and the sums of the manifest's parts in their order."""
    shards = [Shard(**item) for item in json.loads(storage.read_text(_sums_uri(job, "shards")))]
    tallies = [Tally(**item) for item in json.loads(storage.read_text(_sums_uri(job, "tallies")))]
    return sorted(shards, key=lambda shard: shard.name), sorted(tallies, key=lambda tally: tally.part)
