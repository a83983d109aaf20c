"""Transparency without loss: a grey PNG stream per tile.

Masks are flat areas with soft edges, for which PNG is good enough. A stream's header is compared with the tile before
its pixels are decoded, and a stream holds its header, its pixels and its end and nothing else.
"""

import imagecodecs
import numpy as np
import numpy.typing as npt

from restore.codecs.bitstream.boxes import Box
from restore.codecs.bitstream.container import ContainerError
from restore.errors import InputError
from restore.images.png import decode_header, decode_png

Samples = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
LEVEL = 9
"""zlib's compression level: slow on noise, but masks are not noise."""


def encode_alpha(alpha: Samples, box: Box) -> bytes:
    """The stream of one tile.

    Args:
        alpha: `(H, W)` of the whole picture, uint8 or uint16, 0 transparent.
        box: the tile.
    """
    part = alpha[box.slices]
    # A copy, because NumPy calls a one-pixel-wide array contiguous whatever its strides, and imagecodecs does not.
    plain = np.array(part, order="C").reshape(-1).reshape(part.shape)
    return bytes(imagecodecs.png_encode(plain, level=LEVEL))


def decode_alpha(stream: bytes, box: Box, depth: int) -> Samples:
    """The transparency of one tile.

    Args:
        stream: from `encode_alpha`.
        box: the tile.
        depth: 8 or 16 bits.

    Returns:
        `(H, W)` of the tile, uint8 or uint16.

    Raises:
        ContainerError: damaged, or not of this size and depth.
    """
    where = f"the transparency of the tile at {box.left},{box.top}"
    try:
        if not stream.startswith(b"\x89PNG\r\n\x1a\n"):
            raise ContainerError(f"{where} is no PNG stream")
        header = decode_header(stream)
        if (header.width, header.height, header.bits, header.grey) != (box.width, box.height, depth, True):
            raise ContainerError(f"{where} has another size or depth than the tile")
        samples = decode_png(stream)[0]
    except ContainerError:
        raise
    except InputError as error:
        raise ContainerError(f"{where} {error}") from error
    if samples.shape != (box.height, box.width) or samples.dtype.itemsize * 8 != depth:
        raise ContainerError(f"{where} has more than one channel")
    return samples
