"""What is learned: frozen, typed, checked once. Where it runs is a profile and lives elsewhere.

`TrainingConfig` has one section per step; a section travels to its step as a pipeline parameter, so that a change
of the gate's policy does not invalidate the cached preprocessing.
"""

from components.config.check import CheckConfig
from components.config.data import DataConfig, SplitFractions
from components.config.gate import GatePolicy
from components.config.reading import load, parse
from components.config.search import BackboneName, Halving, LearningRate, ObjectiveName, SearchConfig
from components.config.section import Section
from components.config.train import TrainConfig
from components.config.training import TrainingConfig

__all__ = [
    "BackboneName",
    "CheckConfig",
    "DataConfig",
    "GatePolicy",
    "Halving",
    "LearningRate",
    "ObjectiveName",
    "SearchConfig",
    "Section",
    "SplitFractions",
    "TrainConfig",
    "TrainingConfig",
    "load",
    "parse",
]
