"""A `.ric` file to a `Picture` with one model: whole, a region of it, an eighth of its size, or what can be salvaged.

    RicFile ── FileLatents.window ──► latents ── TileCodec.synthesise ──► pixels ── with transparency ──► Picture

`FileLatents` decodes the symbols of a tile when its latents are first needed. A region needs its tiles and those around
them which its synthesis depends on. A tile that a salvaged file lacks becomes flat grey.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ParamSpec

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F

from restore.callbacks import ProgressCallback
from restore.codecs.bitstream.alpha import Samples, decode_alpha
from restore.codecs.bitstream.boxes import TILE_SIDE, Box
from restore.codecs.bitstream.container import ContainerError
from restore.codecs.bitstream.file import RicFile
from restore.codecs.bitstream.header import QUALITY_STEPS, Header
from restore.codecs.latents import FileLatents, in_steps
from restore.codecs.model import CodecModel
from restore.codecs.network.vae import STRIDE
from restore.codecs.tiles import Pixels, TileCodec, to_samples
from restore.errors import WeightsError
from restore.images.metadata import Metadata
from restore.images.picture import Picture

P = ParamSpec("P")

PREVIEW_STRIDE = 8
"""Pixels per pixel of the preview in each direction; divides a tile's side."""
ROWS = 256
"""Rows that are worked on at a time where a copy of the picture would need too much memory."""


def require_model(header: Header, model: CodecModel) -> None:
    """Refuse a file that another model wrote.

    Raises:
        WeightsError: number or hash differ; the message names both models.
    """
    if (header.model, header.model_hash) != (model.number, model.hash):
        raise WeightsError(
            f"the file needs model {header.model}, hash {header.model_hash:08x}, and these weights are "
            f"model {model.number}, hash {model.hash:08x}; give the file's own with --weights, "
            "or install the restore that has it"
        )


def decode_picture(
    codec: TileCodec, file: RicFile, region: Box | None = None, *, on_progress: ProgressCallback | None = None
) -> Picture:
    """The picture of a file, or a region of it.

    Args:
        codec: the model on its device.
        file: from `read_file`; tiles that are missing become flat grey, missing transparency opaque.
        region: pixels inside the upright picture.
        on_progress: called with the tiles done and the tiles in all.

    Raises:
        WeightsError: the file was written by another model.
        ContainerError: a code is damaged.
    """
    header = file.header
    require_model(header, codec.model)
    region = region or header.box
    alpha = decode_transparency(file, region)
    colour = decode_colour(codec, file, region, on_progress)
    if header.grey:
        level_channels(colour)
    return Picture(colour, alpha, header.grey, file.metadata, "PNG")


@torch.inference_mode()
def decode_colour(codec: TileCodec, file: RicFile, region: Box, on_progress: ProgressCallback | None = None) -> Pixels:
    """The colour of a region, `(H, W, 3)`; arguments as in `decode_picture`.

    Raises:
        ContainerError: a code is damaged.
    """
    header, latents = file.header, FileLatents(codec.coder, file)
    whole, margin = header.box.coarser(STRIDE), codec.synthesis_margin
    shape = (region.height, region.width, 3)
    colour: Pixels = np.empty(shape, np.uint8) if header.depth == 8 else np.empty(shape, np.uint16)
    tiles = [(tile, part) for tile in header.tile_boxes if (part := tile.overlap(region)) is not None]
    for done, (tile, part) in enumerate(tiles):
        needed = part.coarser(STRIDE).grown(margin, whole.width, whole.height)
        samples = to_samples(codec.synthesise(latents.window(needed), header.quality), header.depth)
        colour[part.slices_in(region)] = samples[part.slices_in(needed.finer(STRIDE))]
        latents.forget_above(tile.top - TILE_SIDE)
        if on_progress is not None:
            on_progress(done + 1, len(tiles))
    return colour


def decode_transparency(file: RicFile, region: Box) -> Samples | None:
    """`(H, W)` of the region, or None where the picture has no transparency.

    Raises:
        ContainerError: a stream is damaged.
    """
    header = file.header
    if not header.alpha:
        return None
    shape = (region.height, region.width)
    alpha: Samples = np.full(shape, 255, np.uint8) if header.depth == 8 else np.full(shape, 65535, np.uint16)
    for number, tile in enumerate(header.tile_boxes):
        part = tile.overlap(region)
        if part is not None and number in file.alpha:
            alpha[part.slices_in(region)] = decode_alpha(file.alpha[number], tile, header.depth)[part.slices_in(tile)]
    return alpha


@torch.inference_mode()
def decode_preview(codec: TileCodec, file: RicFile) -> Picture:
    """The picture at an eighth of its size, rounded up, from the linear part of the synthesis alone.

    Of the metadata only the profile is kept. A linear synthesis is a sum of patterns, and the mean of 8x8 of its pixels
    is the same sum of the patterns' means: this costs a 64th of the linear synthesis, and no network runs but those
    that decode the symbols.

    Raises:
        WeightsError: the file was written by another model.
        ContainerError: a code is damaged.
    """
    header, vae = file.header, codec.model.vae
    require_model(header, codec.model)
    small = header.box.coarser(PREVIEW_STRIDE)
    dtype: np.dtype[Any] = np.dtype(np.uint8 if header.depth == 8 else np.uint16)
    highest = (1 << header.depth) - 1
    colour = np.full((small.height, small.width, 3), highest // 2 + 1, dtype)
    alpha = np.full((small.height, small.width), highest, dtype) if header.alpha else None
    patterns = F.avg_pool2d(vae.patterns, PREVIEW_STRIDE)
    gains = torch.exp(-vae.log_gains(torch.tensor([header.quality / QUALITY_STEPS], device=codec.device)))
    for number, tile in enumerate(header.tile_boxes):
        part = tile.coarser(PREVIEW_STRIDE)
        if number in file.tiles:
            y_hat = in_steps(codec.coder.decode_latents(file.tiles[number], tile, header.quality)).to(codec.device)
            x_hat = F.conv_transpose2d(y_hat * gains, patterns, stride=STRIDE // PREVIEW_STRIDE) + 0.5
            colour[part.slices] = to_samples(x_hat[..., : part.height, : part.width], header.depth)
        if alpha is not None and number in file.alpha:
            samples = decode_alpha(file.alpha[number], tile, header.depth).astype(np.float64)
            padded = np.pad(samples, [(0, -side % PREVIEW_STRIDE) for side in samples.shape], mode="edge")
            blocks = padded.reshape(part.height, PREVIEW_STRIDE, part.width, PREVIEW_STRIDE)
            alpha[part.slices] = np.rint(blocks.mean(axis=(1, 3))).astype(dtype)
    if header.grey:
        level_channels(colour)
    return Picture(colour, alpha, header.grey, Metadata(icc=file.metadata.icc), "PNG")


def level_channels(colour: Pixels) -> None:
    """Set all three channels of `(H, W, 3)` to their mean, in place."""
    for top in range(0, len(colour), ROWS):
        strip = colour[top : top + ROWS]
        total: npt.NDArray[np.uint32] = strip.sum(axis=2, dtype=np.uint32)
        strip[...] = ((2 * total + 3) // 6)[..., None].astype(strip.dtype)


def drop_damaged(codec: TileCodec, file: RicFile, region: Box | None = None) -> tuple[RicFile, list[str]]:
    """A salvaged file without the parts that do not decode.

    Args:
        codec: the model on its device.
        file: from `read_file` with `salvage`.
        region: if given, tiles far from it are not tried, and only losses inside it are listed.

    Returns:
        The file without these parts, and a line for each area that is lost, in pixels.

    Raises:
        WeightsError: the file was written by another model.
    """
    header = file.header
    require_model(header, codec.model)
    region = region or header.box
    near = region.grown(TILE_SIDE, header.width, header.height)  # the synthesis of a tile depends on those around it
    tiles, alpha, lost = dict(file.tiles), dict(file.alpha), []
    for number, box in enumerate(header.tile_boxes):
        if box.overlap(near) is None:
            continue
        if number in tiles and not _decodes(codec.coder.decode_latents, tiles[number], box, header.quality):
            del tiles[number]
        if number in alpha and not _decodes(decode_alpha, alpha[number], box, header.depth):
            del alpha[number]
        if box.overlap(region) is None:
            continue
        where = f"{box.width} x {box.height} px at {box.left},{box.top}"
        if number not in tiles:
            lost.append(f"{where} are lost and filled with grey")
        if header.alpha and number not in alpha:
            lost.append(f"the transparency of {where} is lost, and they are opaque")
    return replace(file, tiles=tiles, alpha=alpha), lost


def _decodes(decode: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> bool:
    try:
        decode(*args, **kwargs)
    except ContainerError:
        return False
    return True
