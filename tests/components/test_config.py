from pathlib import Path

import pytest

from components import config
from components.config import SearchConfig, TrainingConfig
from components.errors import ConfigError


def findings_of(values: dict) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as raised:
        config.parse(TrainingConfig, values, "brands.yaml")
    return raised.value.findings


def test_all_findings_come_in_one_message_with_key_value_and_what_is_allowed():
    findings = findings_of(
        {
            "sede": 3,
            "data": {"stored_side_px": "large", "split": {"train": 0.5, "validation": 0.2, "test": 0.2}},
            "search": {"backbones": ["xception", "vgg61"], "trials": 0},
        }
    )
    assert findings == (
        "data.stored_side_px: Input should be a valid integer, unable to parse string as an integer (got 'large')",
        "data.split: fractions add up to 0.9 (0.5 + 0.2 + 0.2), not to 1",
        "search.backbones.1: Input should be 'vgg16', 'xception', 'inception_v3', 'mobilenet_v2', "
        "'efficientnet_v2_b0', 'resnet50_v2' or 'convnext_tiny' (got 'vgg61')",
        "search.trials: Input should be greater than or equal to 1 (got 0)",
        "sede: unknown key (value 3)",
    )


def test_the_message_names_the_file_and_counts_the_problems():
    with pytest.raises(ConfigError, match=r"^1 problem in brands\.yaml:\n  - seed: .* \(got -1\)$"):
        config.parse(TrainingConfig, {"seed": -1}, "brands.yaml")


@pytest.mark.parametrize(
    ("values", "finding"),
    [
        ({"data": {"classes": ["acme", "acme"]}}, "data.classes: name at least two different brands"),
        ({"search": {"backbones": []}}, "search.backbones: Tuple should have at least 1 item"),
        ({"search": {"dropout": [0.5, 1.0]}}, "search.dropout: must lie in [0, 1), got [0.5, 1.0]"),
        ({"search": {"unfrozen_stages": [-1, 0]}}, "search.unfrozen_stages: must be 0 or more, got -1"),
        ({"search": {"head_width": [64, 64]}}, "search.head_width: has a value twice: [64, 64]"),
        ({"search": {"learning_rate": {"min": 0.1, "max": 0.01}}}, "min (0.1) is greater than max (0.01)"),
        ({"search": {"image_side_px": 300}}, "search.image_side_px (300) is greater than data.stored_side_px (256)"),
        ({"gate": {"min_lift": 2}}, "gate.min_lift: Input should be less than or equal to 1 (got 2)"),
    ],
)
def test_a_wrong_value_is_named(values, finding):
    assert any(finding in found for found in findings_of(values))


def test_more_workers_than_trials_are_refused():
    (finding,) = findings_of({"search": {"trials": 3, "workers_per_backbone": 4}})
    assert finding == (
        "search: workers_per_backbone (4) is greater than trials (3): a worker would have nothing to try"
    )
    assert SearchConfig(trials=3, workers_per_backbone=3).workers_per_backbone == 3


def test_the_tasks_of_a_search_are_its_backbones_or_their_workers():
    names = [worker.name for worker in SearchConfig(backbones=("vgg16", "xception")).workers]
    assert names == ["vgg16", "xception"]
    shared = SearchConfig(backbones=("vgg16", "xception"), workers_per_backbone=2).workers
    assert [worker.name for worker in shared] == ["vgg16-1of2", "vgg16-2of2", "xception-1of2", "xception-2of2"]


def test_whole_numbers_may_come_back_as_floats_from_a_pipeline_parameter():
    search = config.parse(SearchConfig, {"trials": 3.0, "unfrozen_stages": [0.0, 2.0]}, "search")
    assert (search.trials, search.unfrozen_stages) == (3, (0, 2))


def test_a_share_of_a_trial_is_refused():
    with pytest.raises(ConfigError, match="trials"):
        config.parse(SearchConfig, {"trials": 2.5}, "search")


def test_weights_may_be_named_for_one_backbone():
    search = config.parse(SearchConfig, {"weights": {"vgg16": "gs://bucket/vgg16.h5"}}, "search")
    assert [search.weights_of(name) for name in ("vgg16", "xception")] == ["gs://bucket/vgg16.h5", "imagenet"]


def test_a_file_gives_its_values_and_defaults_for_the_rest(tmp_path: Path):
    (tmp_path / "brands.yaml").write_text("seed: 5\nsearch: {trials: 2}\n")
    loaded = config.load(tmp_path / "brands.yaml", TrainingConfig)
    assert loaded == TrainingConfig(seed=5, search=SearchConfig(trials=2))


def test_an_empty_file_is_the_defaults(tmp_path: Path):
    (tmp_path / "empty.yaml").write_text("# nothing\n")
    assert config.load(tmp_path / "empty.yaml", TrainingConfig) == TrainingConfig()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"seed: [", "is not YAML"),
        (b"- a\n- b\n", "must be a mapping of keys to values, got list"),
        (b"\xff\xfe\x00", "is not YAML"),
    ],
)
def test_a_file_that_is_no_configuration_is_refused(tmp_path: Path, content: bytes, said: str):
    (tmp_path / "bad.yaml").write_bytes(content)
    with pytest.raises(ConfigError, match=said):
        config.load(tmp_path / "bad.yaml", TrainingConfig)


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"absent\.yaml:\n  - cannot be read: No such file or directory"):
        config.load(tmp_path / "absent.yaml", TrainingConfig)


def test_a_configuration_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        TrainingConfig().seed = 3  # type: ignore[misc]
