"""How many processor cores the arithmetic on one picture may take."""

import cv2


def use_threads(each: int) -> None:
    """Let OpenCV use so many threads for a picture, in the whole process.

    Where workers already keep all cores busy, further threads only wait for them in loops: that
    took a tenth of a second of processor time of each photo of 2,000 px.

    Raises
    ------
    ValueError : less than one
    """
    if each < 1:
        raise ValueError(f"{each} threads can do nothing")
    cv2.setNumThreads(each)
