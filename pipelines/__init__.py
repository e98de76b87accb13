"""Image stages and recipes: matte, place, light, compose, check.

`produce` makes the image that a `Recipe` describes; `check_file` judges any finished file by a
marketplace's rules. Nothing here knows of jobs, HTTP, storage or tests.
"""

from pipelines.brands import Brand, BrandLibrary, settle
from pipelines.errors import (
    ImageRefused,
    Interrupted,
    ModelCorrupt,
    ModelMissing,
    PipelineError,
    RecipeInvalid,
)
from pipelines.imaging.decode import decode
from pipelines.imaging.opening import DecodeLimits
from pipelines.lettering import FontStore
from pipelines.library import BUILT_IN, Template, TemplateLibrary
from pipelines.library.search import TemplateSearch
from pipelines.matting.consensus import Matter
from pipelines.matting.load import load_matter
from pipelines.persons import PersonLibrary
from pipelines.presets import BUILT_IN_PRESETS, Preset, PresetRegistry, preset, presets
from pipelines.privacy import keep_to_ourselves
from pipelines.produce import Produced, produce
from pipelines.report import Check, Report
from pipelines.rules import check_file
from pipelines.spec import (
    CutoutParams,
    EditParams,
    Kind,
    Recipe,
    SceneParams,
    SwapParams,
    WhiteParams,
    params_from,
)
from pipelines.stages.places import automatic as automatic_places
from pipelines.weights import ModelCard, WeightStore, model_card, model_cards

__all__ = [
    "BUILT_IN",
    "BUILT_IN_PRESETS",
    "Brand",
    "BrandLibrary",
    "Check",
    "CutoutParams",
    "DecodeLimits",
    "EditParams",
    "FontStore",
    "ImageRefused",
    "Interrupted",
    "Kind",
    "Matter",
    "ModelCard",
    "ModelCorrupt",
    "ModelMissing",
    "PersonLibrary",
    "PipelineError",
    "Preset",
    "PresetRegistry",
    "Produced",
    "Recipe",
    "RecipeInvalid",
    "Report",
    "SceneParams",
    "SwapParams",
    "Template",
    "TemplateLibrary",
    "TemplateSearch",
    "WeightStore",
    "WhiteParams",
    "automatic_places",
    "check_file",
    "decode",
    "load_matter",
    "model_card",
    "model_cards",
    "params_from",
    "preset",
    "presets",
    "produce",
    "settle",
]

keep_to_ourselves()
