"""A `Picture` to a `.ric` file and back, with one model: everything that was in the picture's file goes with it.

Colour is coded as RGB; a grey picture has three equal channels, is marked as grey, and comes back as their mean. Colour
under transparent pixels is coded like any other. The encoder reads its own file again before anyone gets it: container
and checksums, every symbol of every tile, transparency and metadata.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import ParamSpec

import numpy as np
import numpy.typing as npt
from torch import Tensor

from restore.codecs.bitstream.alpha import Samples, decode_alpha, encode_alpha
from restore.codecs.bitstream.container import ContainerError
from restore.codecs.bitstream.file import RicFile, read_file, write_file
from restore.codecs.bitstream.header import TILE_SIDE, Header, Rect, Tile, overlap
from restore.codecs.codec import Codec, Model, Pixels, Progress
from restore.codecs.network.annealing import NO_EFFORT, Effort
from restore.errors import OutputError, WeightsError
from restore.images.metadata import Metadata
from restore.images.picture import Picture

P = ParamSpec("P")

ROWS = 256
"""Rows that are worked on at a time where a copy of the picture would be too much."""


def picture_header(codec: Codec, picture: Picture, quality: int) -> Header:
    """The header of a picture at a quality 0..25600."""
    return codec.header(picture.colour, quality, grey=picture.grey, alpha=picture.alpha is not None)


def encode_picture(
    codec: Codec,
    picture: Picture,
    quality: int,
    metadata: Metadata,
    *,
    latents: Mapping[int, Tensor] | None = None,
    effort: Effort = NO_EFFORT,
    progress: Progress | None = None,
) -> bytes:
    """A whole file.

    Args:
        codec: the model on its device.
        picture: any size, 8 or 16 bit.
        quality: 0..25600.
        metadata: what may be written, from `restore.images.metadata.writable_metadata`.
        latents: of all tiles, from `Codec.analyse`, where they are known.
        effort: how long to look for latents that are more worth their bits than the analysis' are.
        progress: told about the tiles, in parts where they take long.
    """
    header = picture_header(codec, picture, quality)
    rects, parts = header.tiles, effort.steps + 1
    tiles: dict[int, Tile] = {}
    tell = progress or _silent
    for number, rect in enumerate(rects):
        y = codec.analyse(picture.colour, rect) if latents is None else latents[number]
        first = number * parts

        def told(step: int, first: int = first) -> None:
            tell(first + step, len(rects) * parts)

        y = codec.anneal(y, picture.colour, rect, quality, effort, told)
        tiles[number] = codec.encode_tile(y, quality, number)
        tell(first + parts, len(rects) * parts)
    return write_file(header, tiles, alpha_streams(picture, rects), metadata)


def _silent(_done: int, _total: int) -> None:
    """Where nobody wants to know."""


def alpha_streams(picture: Picture, rects: list[Rect]) -> dict[int, bytes]:
    """A PNG stream per tile; empty without transparency."""
    if picture.alpha is None:
        return {}
    return {number: encode_alpha(picture.alpha, rect) for number, rect in enumerate(rects)}


def verify_encoding(codec: Codec, data: bytes, picture: Picture) -> None:
    """Read a file that was just made as a stranger would, all but its colours' last step.

    Raises:
        OutputError: it does not hold what was put into it.
    """
    try:
        file = read_file(data, max_pixels=picture.width * picture.height)
        demand_model(file.header, codec.model)
        rects = file.header.tiles
        for number, rect in enumerate(rects):
            codec.latents(file.tiles[number], rect, file.header.quality)
            if picture.alpha is not None:
                part = picture.alpha[rect.top : rect.top + rect.height, rect.left : rect.left + rect.width]
                if not np.array_equal(decode_alpha(file.alpha[number], rect, file.header.depth), part):
                    raise ContainerError(f"the transparency of the tile at {rect.left},{rect.top} has changed")
    except (ContainerError, WeightsError) as error:
        raise OutputError(
            f"what was encoded does not decode ({error}): nothing was written; try --device cpu, "
            "and check this machine's memory"
        ) from error


def demand_model(header: Header, model: Model) -> None:
    """Refuse a file that another model wrote.

    Raises:
        WeightsError: number or hash differ; the message names both models.
    """
    if (header.model, header.model_hash) != (model.number, model.hash):
        needed, given = model_name(header.model, header.model_hash), model_name(model.number, model.hash)
        raise WeightsError(
            f"the file needs {needed}, and these weights are {given}; give the file's own with --weights, "
            "or install the restore that has it"
        )


def model_name(number: int, model_hash: int) -> str:
    """How messages name a model: `model 3, hash 0123abcd`."""
    return f"model {number}, hash {model_hash:08x}"


def decode_picture(
    codec: Codec, file: RicFile, region: Rect | None = None, *, progress: Progress | None = None
) -> Picture:
    """The picture of a file, or a part of it.

    Args:
        codec: the model on its device.
        file: from `read_file`; tiles that are missing become flat grey, missing transparency opaque.
        region: pixels inside the picture, as it is looked at.
        progress: told about the tiles.

    Raises:
        WeightsError: the file was written by another model.
        ContainerError: a code is damaged.
    """
    header = file.header
    demand_model(header, codec.model)
    region = region or Rect(0, 0, header.width, header.height)
    alpha = decode_transparency(file, region)
    colour = codec.decode(header, file.tiles, region, progress)
    if header.grey:
        level_channels(colour)
    return Picture(colour, alpha, header.grey, file.metadata, "PNG")


def decode_transparency(file: RicFile, region: Rect) -> Samples | None:
    """`(H, W)` of the region, or None where there is none.

    Raises:
        ContainerError: a stream is damaged.
    """
    header = file.header
    if not header.alpha:
        return None
    shape = (region.height, region.width)
    alpha: Samples = np.full(shape, 255, np.uint8) if header.depth == 8 else np.full(shape, 65535, np.uint16)
    for number, rect in enumerate(header.tiles):
        part = overlap(rect, region)
        if part is None or number not in file.alpha:
            continue
        samples = decode_alpha(file.alpha[number], rect, header.depth)
        inside = samples[part.top - rect.top :, part.left - rect.left :][: part.height, : part.width]
        top, left = part.top - region.top, part.left - region.left
        alpha[top : top + part.height, left : left + part.width] = inside
    return alpha


def level_channels(colour: Pixels) -> None:
    """Set all three channels `(H, W, 3)` to their mean, in place."""
    for top in range(0, len(colour), ROWS):
        strip = colour[top : top + ROWS]
        total: npt.NDArray[np.uint32] = strip.sum(axis=2, dtype=np.uint32)
        strip[...] = ((2 * total + 3) // 6)[..., None].astype(strip.dtype)


def drop_damaged(codec: Codec, file: RicFile, region: Rect | None = None) -> tuple[RicFile, list[str]]:
    """What is left of a salvaged file once all that does not decode is gone.

    Args:
        codec: the model on its device.
        file: from `read_file` with `salvage`.
        region: if given, tiles away from it are not tried, and only those in it are told about.

    Returns:
        The file without it, and a line for each area that is lost, in pixels.
    """
    demand_model(file.header, codec.model)
    region = region or Rect(0, 0, file.header.width, file.header.height)
    seen = Rect(  # the synthesis of a tile looks at those around it
        region.left - TILE_SIDE, region.top - TILE_SIDE, region.width + 2 * TILE_SIDE, region.height + 2 * TILE_SIDE
    )
    tiles, alpha, lost = dict(file.tiles), dict(file.alpha), []
    for number, rect in enumerate(file.header.tiles):
        if overlap(rect, seen) is None:
            continue
        if number in tiles and not _decodes(codec.latents, tiles[number], rect, file.header.quality):
            del tiles[number]
        if number in alpha and not _decodes(decode_alpha, alpha[number], rect, file.header.depth):
            del alpha[number]
        if overlap(rect, region) is None:
            continue
        where = f"{rect.width} x {rect.height} px at {rect.left},{rect.top}"
        if number not in tiles:
            lost.append(f"{where} are lost and filled with grey")
        if file.header.alpha and number not in alpha:
            lost.append(f"the transparency of {where} is lost, and they are opaque")
    return replace(file, tiles=tiles, alpha=alpha), lost


def _decodes(decode: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> bool:
    try:
        decode(*args, **kwargs)
    except ContainerError:
        return False
    return True
