"""A stand-in for our codec in tests of the bench."""

import io

import numpy as np
import numpy.typing as npt
from PIL import Image

Samples = npt.NDArray[np.uint8]


class WebpCodec:
    """WebP with the two methods of our codec, and a header of `extra` bytes."""

    def __init__(self, extra: int = 0) -> None:
        self.extra = extra
        self.asked: list[float] = []
        self.efforts: set[int] = set()

    def compress(self, image: Samples, quality: float = 60.0, *, effort: int = 1) -> bytes:
        self.asked.append(quality)
        self.efforts.add(effort)
        file = io.BytesIO()
        Image.fromarray(image).save(file, format="WEBP", quality=int(quality), method=0)
        return bytes(self.extra) + file.getvalue()

    def decompress(self, data: bytes) -> Samples:
        with Image.open(io.BytesIO(data[self.extra :]), formats=["WEBP"]) as image:
            return np.asarray(image.convert("RGB"))
