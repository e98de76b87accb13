"""Colour JPEGs read straight into an array, and what their decoder has to say against them."""

import numpy as np
import numpy.typing as npt
import simplejpeg
from PIL import Image

Rgb = npt.NDArray[np.uint8]


def jpeg_pixels(image: Image.Image, data: bytes, notes: list[str]) -> Rgb | None:
    """A colour JPEG's pixels as they lie in the file; None for any other, and for a damaged one.

    The same as Pillow's, since both have libjpeg-turbo, in a quarter of the time: Pillow keeps a
    fourth byte of each pixel, and copies them twice on the way to an array. Pillow refuses what is
    broken beyond reading, but says nothing of damage that leaves grey or displaced stripes. OpenCV
    prints that, without the file's name, and gives stripes for what is broken, too.

    Parameters
    ----------
    image : of the data, opened and not loaded
    notes : take what the decoder says of damage; Pillow can still read or refuse such a file
    """
    if image.format != "JPEG" or image.mode != "RGB":
        return None
    try:
        pixels = simplejpeg.decode_jpeg(data, "RGB")
    except ValueError as fault:
        notes.append(f"the JPEG data may be damaged ({fault}): look whether the picture is whole")
        return None
    pixels.setflags(write=False)  # as Pillow's are
    return np.asarray(pixels, dtype=np.uint8)
