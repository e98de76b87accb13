"""Large models that paint: what each is, what it is asked for, and how it is run."""

from pipelines.generate.checkpoints import CheckpointStore
from pipelines.generate.digests import DigestMemory
from pipelines.generate.hub import Hub, HuggingFaceHub
from pipelines.generate.port import Ask, Generator, batches, remarks, where
from pipelines.generate.profile import Ability, ControlKind, Profile
from pipelines.generate.pulling import pull
from pipelines.generate.registry import BUILT_IN_PROFILES, ProfileRegistry

__all__ = [
    "BUILT_IN_PROFILES",
    "Ability",
    "Ask",
    "CheckpointStore",
    "ControlKind",
    "DigestMemory",
    "Generator",
    "Hub",
    "HuggingFaceHub",
    "Profile",
    "ProfileRegistry",
    "batches",
    "pull",
    "remarks",
    "where",
]
