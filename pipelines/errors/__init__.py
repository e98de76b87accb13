"""What can go wrong while an image is made. Over each group stands its module.

::

    PipelineError
    ├── RecipeInvalid           a parameter is unknown or out of range
    ├── Interrupted             the job was cancelled while it ran
    │
    │   images
    ├── ImageRefused            an input is not a picture we can work on
    │   ├── ImageUnreadable     empty, cut off, not an image, unknown format
    │   ├── ImageTooLarge       more pixels than may be decoded
    │   ├── ImageTooSmall       too few pixels to find a product in
    │   ├── ImageAnimated       several frames
    │   ├── ImageTransparent    every pixel is transparent
    │   ├── ModelFileRefused    a 3D model that cannot be read or rendered
    │   ├── ObjectNotFound      a thing that was asked for is not in the render
    │   ├── PersonNotFound      nobody wears the garment
    │   ├── PersonsSeveral      more than one person
    │   ├── PersonCutOff        a head without the garment
    │   ├── PersonFromBehind    a back, where a new face should be
    │   ├── GarmentNotFound     a person, but nothing that is worn
    │   └── ProductNotFound     the matting model saw no product
    ├── ByteLimitUnreachable    no quality meets the preset's byte limits
    │
    │   libraries
    ├── TemplateNotFound        no such scene template
    ├── TemplateInvalid         a template's folder is incomplete or contradicts itself
    ├── TemplateExists          a template of that name is there already
    ├── NoTemplateFits          no template is close to what a prompt asks for
    ├── IndexUnusable           the index of templates cannot be written
    ├── PresetNotFound          no such marketplace preset
    ├── PresetInvalid           a file of presets says what no channel can mean
    ├── PersonUnknown           nobody of that name in the library of persons
    ├── PersonInvalid           a person's file lacks something or contradicts itself
    ├── BrandNotFound           no such brand kit
    ├── BrandInvalid            a brand kit lacks something or contradicts itself
    ├── BrandForbids            a brand kit does not allow this template
    │
    │   lettering
    ├── TextForbidden           the channel allows no text on the image
    ├── TextUnplaceable         no free space holds the text at a readable size
    ├── GlyphsMissing           no font at hand draws some of the text's characters
    ├── FontMissing             the font for text is not on this machine
    ├── FontUnusable            a file that should be a font is none
    │
    │   models
    ├── ModelUnknown            no such model
    ├── ModelMissing            its weights are not on this machine
    ├── ModelCorrupt            its weights are not the ones that were asked for
    ├── ProfileInvalid          a file that describes a large model says what none can mean
    ├── CheckpointUnusable      a large model's files cannot be loaded or fetched
    ├── LicenceRefused          a model's licence needs the user's explicit word
    ├── OutOfMemory             the device cannot hold what a model needs
    ├── EditorNeeded            an edit without a model that edits
    ├── PaintingFailed          a large model gave no picture
    │
    │   machine
    ├── DeviceMissing           a device was demanded that is not here, or does not work
    ├── SigningUnavailable      content credentials need a library that is not installed
    ├── SigningKeyUnusable      the key or certificate for content credentials cannot be used
    ├── RendererMissing         3D models need Blender's module, which is not here
    └── ExtraMissing            an optional library is not installed
"""

from pipelines.errors.base import Interrupted, PipelineError, RecipeInvalid, nearest
from pipelines.errors.images import (
    ByteLimitUnreachable,
    GarmentNotFound,
    ImageAnimated,
    ImageRefused,
    ImageTooLarge,
    ImageTooSmall,
    ImageTransparent,
    ImageUnreadable,
    ModelFileRefused,
    ObjectNotFound,
    PersonCutOff,
    PersonFromBehind,
    PersonNotFound,
    PersonsSeveral,
    ProductNotFound,
)
from pipelines.errors.lettering import (
    FontMissing,
    FontUnusable,
    GlyphsMissing,
    TextForbidden,
    TextUnplaceable,
)
from pipelines.errors.libraries import (
    BrandForbids,
    BrandInvalid,
    BrandNotFound,
    IndexUnusable,
    NoTemplateFits,
    PersonInvalid,
    PersonUnknown,
    PresetInvalid,
    PresetNotFound,
    TemplateExists,
    TemplateInvalid,
    TemplateNotFound,
)
from pipelines.errors.machine import (
    DeviceMissing,
    ExtraMissing,
    RendererMissing,
    SigningKeyUnusable,
    SigningUnavailable,
)
from pipelines.errors.models import (
    CheckpointUnusable,
    EditorNeeded,
    LicenceRefused,
    ModelCorrupt,
    ModelMissing,
    ModelUnknown,
    OutOfMemory,
    PaintingFailed,
    ProfileInvalid,
)

__all__ = [
    "BrandForbids",
    "BrandInvalid",
    "BrandNotFound",
    "ByteLimitUnreachable",
    "CheckpointUnusable",
    "DeviceMissing",
    "EditorNeeded",
    "ExtraMissing",
    "FontMissing",
    "FontUnusable",
    "GarmentNotFound",
    "GlyphsMissing",
    "ImageAnimated",
    "ImageRefused",
    "ImageTooLarge",
    "ImageTooSmall",
    "ImageTransparent",
    "ImageUnreadable",
    "IndexUnusable",
    "Interrupted",
    "LicenceRefused",
    "ModelCorrupt",
    "ModelFileRefused",
    "ModelMissing",
    "ModelUnknown",
    "NoTemplateFits",
    "ObjectNotFound",
    "OutOfMemory",
    "PaintingFailed",
    "PersonCutOff",
    "PersonFromBehind",
    "PersonInvalid",
    "PersonNotFound",
    "PersonUnknown",
    "PersonsSeveral",
    "PipelineError",
    "PresetInvalid",
    "PresetNotFound",
    "ProductNotFound",
    "ProfileInvalid",
    "RecipeInvalid",
    "RendererMissing",
    "SigningKeyUnusable",
    "SigningUnavailable",
    "TemplateExists",
    "TemplateInvalid",
    "TemplateNotFound",
    "TextForbidden",
    "TextUnplaceable",
    "nearest",
]
