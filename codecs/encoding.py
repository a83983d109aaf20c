"""A `Picture` to a `.ric` file with one model, and the check that the file decodes.

    pixels ── analyse ──► latents ── anneal, if asked ──► latents ── encode_latents ──► tiles ── write_file ──► bytes

Colour is coded as RGB; a grey picture has three equal channels and is marked as grey. Colour under transparent pixels
is coded like any other. All metadata of the picture's file is kept.
"""

from collections.abc import Mapping

import numpy as np
from torch import Tensor

from restore.callbacks import ProgressCallback
from restore.codecs.bitstream.alpha import decode_alpha, encode_alpha
from restore.codecs.bitstream.boxes import Box
from restore.codecs.bitstream.container import ContainerError
from restore.codecs.bitstream.file import read_file, write_file
from restore.codecs.bitstream.header import Header, TileCode
from restore.codecs.decoding import require_model
from restore.codecs.network.annealing import NO_EFFORT, Effort
from restore.codecs.tiles import TileCodec
from restore.errors import OutputError, WeightsError
from restore.images.metadata import Metadata
from restore.images.picture import Picture


def picture_header(codec: TileCodec, picture: Picture, quality: int) -> Header:
    """The header of a picture at a quality 0..25600."""
    model, alpha = codec.model, picture.alpha is not None
    return Header(picture.width, picture.height, quality, model.number, model.hash, picture.depth, picture.grey, alpha)


def encode_picture(
    codec: TileCodec,
    picture: Picture,
    quality: int,
    metadata: Metadata,
    *,
    latents: Mapping[int, Tensor] | None = None,
    effort: Effort = NO_EFFORT,
    on_progress: ProgressCallback | None = None,
) -> bytes:
    """The bytes of a picture's file.

    Args:
        codec: the model on its device.
        picture: any size, 8 or 16 bit.
        quality: 0..25600.
        metadata: what may be written, from `restore.images.metadata.writable_metadata`.
        latents: of all tiles, from `TileCodec.analyse`, where they are known.
        effort: how long to anneal the latents.
        on_progress: called with the parts done and the parts in all; a part is a tile, or a step of annealing one.
    """
    header = picture_header(codec, picture, quality)
    boxes = header.tile_boxes
    progress = TileProgress(on_progress, len(boxes), effort)
    tiles: dict[int, TileCode] = {}
    for number, box in enumerate(boxes):
        y = codec.analyse(picture.colour, box) if latents is None else latents[number]
        y = codec.anneal(y, picture.colour, box, quality, effort, progress.step)
        tiles[number] = codec.coder.encode_latents(y, quality, number).tile
        progress.tile_done()
    return write_file(header, tiles, alpha_streams(picture, boxes), metadata)


class TileProgress:
    """Progress over tiles, each of which may be annealed in steps.

    Args:
        on_progress: called with the parts done and the parts in all; may be None.
        tiles: how many there are.
        effort: how each is annealed; its steps count as parts, and one part is the rest of a tile's work.
    """

    def __init__(self, on_progress: ProgressCallback | None, tiles: int, effort: Effort) -> None:
        self._on_progress, self._parts, self._tiles, self._done = on_progress, effort.steps + 1, tiles, 0

    def step(self, step: int) -> None:
        """So many steps of the current tile are done."""
        if self._on_progress is not None:
            self._on_progress(self._done * self._parts + step, self._tiles * self._parts)

    def tile_done(self) -> None:
        """The current tile is done."""
        self.step(self._parts)
        self._done += 1


def alpha_streams(picture: Picture, boxes: list[Box]) -> dict[int, bytes]:
    """A PNG stream per tile; empty without transparency."""
    if picture.alpha is None:
        return {}
    return {number: encode_alpha(picture.alpha, box) for number, box in enumerate(boxes)}


def verify_encoding(codec: TileCodec, data: bytes, picture: Picture) -> None:
    """Read a file that was just made: container, checksums, every symbol of every tile, transparency and metadata.

    Raises:
        OutputError: it does not hold what was encoded.
    """
    try:
        file = read_file(data, max_pixels=picture.width * picture.height)
        header = file.header
        require_model(header, codec.model)
        for number, box in enumerate(header.tile_boxes):
            codec.coder.decode_latents(file.tiles[number], box, header.quality)
            if picture.alpha is not None:
                samples = decode_alpha(file.alpha[number], box, header.depth)
                if not np.array_equal(samples, picture.alpha[box.slices]):
                    raise ContainerError(f"the transparency of the tile at {box.left},{box.top} has changed")
    except (ContainerError, WeightsError) as error:
        raise OutputError(
            f"what was encoded does not decode ({error}): nothing was written; try --device cpu, "
            "and check this machine's memory"
        ) from error
