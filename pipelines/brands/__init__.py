"""Brand kits: what every image of a brand has in common."""

from pipelines.brands.kit import LABEL_TEXT, Brand, LogoFile, Palette
from pipelines.brands.library import HOUSE_FONT, BrandLibrary
from pipelines.brands.load import read_brand
from pipelines.brands.settle import allows_text, label_of, settle

__all__ = [
    "HOUSE_FONT",
    "LABEL_TEXT",
    "Brand",
    "BrandLibrary",
    "LogoFile",
    "Palette",
    "allows_text",
    "label_of",
    "read_brand",
    "settle",
]
