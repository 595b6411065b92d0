"""The graph: what runs after what, and on which machine.

ingest -> preprocess -> check -> tune (one or several per backbone) -> select -> train -> evaluate -> gate -> report,
and after a verdict to promote: verify -> push. All of it inside an exit handler: notify.
"""

# No `from __future__ import annotations`: kfp reads the types of the pipeline's parameters from the signature.

from functools import partial
from typing import Any

from kfp import dsl

from components.check.component import check
from components.config import TrainingConfig
from components.evaluate.component import evaluate
from components.gate.component import gate
from components.ingest.component import ingest
from components.notify.component import notify
from components.preprocess.component import preprocess
from components.push.component import push
from components.report.component import report
from components.select.component import select
from components.train.component import train
from components.tune.component import tune
from components.verify.component import verify
from pipelines.machines import place, run_id_on
from pipelines.profiles import Profile

NAME = "brandlens-training"


def build(config: TrainingConfig, profile: Profile) -> Any:
    """The pipeline with config and profile as defaults of its parameters, ready for kfp's compiler."""
    # What is None is left out: kfp has no null, and None is what a missing key means.
    settings = config.model_dump(mode="json", exclude_none=True)
    searchers = [worker.name for worker in config.search.workers]
    options = profile.beam_arguments()
    on = partial(place, profile)

    @dsl.pipeline(name=NAME, description="Which brand does an image look like?")
    def training(
        raw: str = profile.raw,
        data_root: str = profile.data_root,
        # With several workers for one backbone each has its entry: xception-1of2, xception-2of2.
        backbones: list = searchers,
        data: dict = settings["data"],
        check_policy: dict = settings["check"],
        search: dict = settings["search"],
        train_settings: dict = settings["train"],
        gate_policy: dict = settings["gate"],
        seed: int = settings["seed"],
        beam_options: list = options,
    ) -> None:
        last = on(notify, data_root=data_root, run_id=run_id_on(profile.platform))
        with dsl.ExitHandler(last, name="notify when it ends"):
            listing = on(ingest, raw=raw, data_root=data_root, data=data).output
            with dsl.If(listing != "", name="enough new images"):
                preprocessed = on(
                    preprocess, listing_uri=listing, data_root=data_root, data=data, beam_options=beam_options
                )
                snapshot = preprocessed.outputs["snapshot"]
                checked = on(check, snapshot=snapshot, data_root=data_root, check=check_policy, data=data)
                with dsl.ParallelFor(backbones, name="each backbone", parallelism=profile.parallel_searches) as item:
                    tuned = on(tune, snapshot=snapshot, data_root=data_root, backbone=item, search=search, seed=seed)
                    tuned.after(checked)
                selected = on(select, results=dsl.Collected(tuned.outputs["result"]), data_root=data_root)
                # What every step from here on reads and what they are told in the same words.
                common = {"snapshot": snapshot, "data_root": data_root}
                selection = selected.outputs["selection"]
                trained = on(train, selection=selection, train=train_settings, search=search, seed=seed, **common)
                model = trained.outputs["model"]
                evaluation = on(evaluate, model=model, search=search, seed=seed, **common).outputs["evaluation"]
                judged = on(gate, evaluation=evaluation, data_root=data_root, gate=gate_policy)
                findings, verdict = checked.outputs["findings"], judged.outputs["verdict"]
                seen = {"model": model, "evaluation": evaluation, "data_root": data_root}
                on(report, snapshot=snapshot, findings=findings, selection=selection, verdict=verdict, **seen)
                with dsl.If(judged.outputs["Output"] == "promote", name="promote"):
                    verified = on(verify, **seen)
                    on(push, verdict=verdict, verification=verified.outputs["verification"], **seen)

    return training
