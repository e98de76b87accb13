"""What a picture is refused for, or cannot become."""

from pipelines.errors.base import PipelineError


class ImageRefused(PipelineError):
    """An input was refused: `name` is the file, `fact` names the limit, `fix` what to do."""

    def __init__(self, *, name: str, fact: str, fix: str) -> None:
        super().__init__(f"{name}: {fact}; {fix}")
        self.name, self.fact, self.fix = name, fact, fix


class ImageUnreadable(ImageRefused):
    """The bytes are no picture that can be decoded."""


class ImageTooLarge(ImageRefused):
    """More pixels than may be decoded."""


class ImageTooSmall(ImageRefused):
    """Too few pixels to find a product in."""


class ImageAnimated(ImageRefused):
    """Several frames where one picture is needed."""


class ImageTransparent(ImageRefused):
    """Every pixel is transparent: there is nothing to show."""


class ModelFileRefused(ImageRefused):
    """A 3D model that cannot be read or rendered."""


class ObjectNotFound(ImageRefused):
    """A thing that was asked for by name or id is not in the render."""


class PersonNotFound(ImageRefused):
    """Nobody wears the garment: there is no person to swap or to take away."""


class PersonsSeveral(ImageRefused):
    """More than one person is in the picture."""


class PersonCutOff(ImageRefused):
    """Only a head is in the picture; the garment is cut off."""


class PersonFromBehind(ImageRefused):
    """The person is seen from behind, so that no new face could be shown."""


class GarmentNotFound(ImageRefused):
    """A person is in the picture, but nothing that is worn."""


class ProductNotFound(ImageRefused):
    """The matting model saw nothing that stands out from the background."""


class ByteLimitUnreachable(PipelineError):
    """No quality that still looks right meets the byte limits."""

    def __init__(self, *, limit: str, reached_bytes: int, fix: str) -> None:
        super().__init__(f"the file has {reached_bytes:,} bytes, {limit}; {fix}")
        self.limit, self.reached_bytes = limit, reached_bytes
