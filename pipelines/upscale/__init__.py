"""Enlarging products whose photo is too small, true to what the photo shows."""

from pipelines.upscale.enlarge import Enlarged, Fidelity, Upscaler, enlarge
from pipelines.upscale.realesrgan import RealEsrgan, engine_missing

__all__ = ["Enlarged", "Fidelity", "RealEsrgan", "Upscaler", "engine_missing", "enlarge"]
