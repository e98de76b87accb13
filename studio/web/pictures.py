"""Pictures inside a page: data: URIs, and smaller copies where a page shows one again."""

import base64
import io

from PIL import Image

from studio.services.demo.story import Picture

_THUMB_QUALITY = 82


def data_uri(picture: Picture) -> str:
    """The picture itself, inline."""
    return _uri(picture.data, picture.media_type)


def smaller(picture: Picture, side_px: int) -> str:
    """A WebP copy no larger than `side_px` either way, inline."""
    with Image.open(io.BytesIO(picture.data)) as image:
        image.thumbnail((side_px, side_px), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        image.save(out, "WEBP", quality=_THUMB_QUALITY, method=4)
    return _uri(out.getvalue(), "image/webp")


def _uri(data: bytes, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"
