"""A small picture in a hurry: an eighth of the size, from the linear part of the synthesis alone.

The mean of 8x8 pixels of a sum of patterns is the same sum of the patterns' means, so the small picture costs a 64th of
the linear synthesis and nothing of the network. What remains is reading the symbols, which cannot be left out.
"""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from restore.codecs.bitstream.alpha import decode_alpha
from restore.codecs.bitstream.file import RicFile
from restore.codecs.bitstream.header import QUALITY_STEPS
from restore.codecs.codec import Codec
from restore.codecs.network.vae import STRIDE
from restore.codecs.pictures import demand_model, level_channels
from restore.images.metadata import Metadata
from restore.images.picture import Picture

SMALLER = 8
"""Pixels per pixel of the preview in each direction; divides a tile's side."""


@torch.inference_mode()
def preview_picture(codec: Codec, file: RicFile) -> Picture:
    """The picture at an eighth of its size, rounded up; of the metadata only the profile.

    Raises:
        WeightsError: the file was written by another model.
        ContainerError: a code is damaged.
    """
    header, vae = file.header, codec.model.vae
    demand_model(header, codec.model)
    height, width = -(-header.height // SMALLER), -(-header.width // SMALLER)
    dtype: np.dtype[Any] = np.dtype(np.uint8 if header.depth == 8 else np.uint16)
    highest = (1 << header.depth) - 1
    colour = np.full((height, width, 3), highest // 2 + 1, dtype)
    alpha = np.full((height, width), highest, dtype) if header.alpha else None
    patterns = F.avg_pool2d(vae.patterns, SMALLER)
    gains = torch.exp(-vae.log_gains(torch.tensor([header.quality / QUALITY_STEPS], device=codec.device)))
    for number, rect in enumerate(header.tiles):
        top, left = rect.top // SMALLER, rect.left // SMALLER
        rows, columns = -(-rect.height // SMALLER), -(-rect.width // SMALLER)
        if number in file.tiles:
            y_hat = codec.latents(file.tiles[number], rect, header.quality).to(codec.device)
            x_hat = F.conv_transpose2d(y_hat * gains, patterns, stride=STRIDE // SMALLER)[0] + 0.5
            levels = (x_hat[:, :rows, :columns].clamp(0, 1) * highest).round().permute(1, 2, 0)
            colour[top : top + rows, left : left + columns] = levels.cpu().numpy().astype(dtype)
        if alpha is not None and number in file.alpha:
            part = decode_alpha(file.alpha[number], rect, header.depth).astype(np.float64)
            padded = np.pad(part, ((0, -rect.height % SMALLER), (0, -rect.width % SMALLER)), mode="edge")
            means = padded.reshape(rows, SMALLER, columns, SMALLER).mean(axis=(1, 3))
            alpha[top : top + rows, left : left + columns] = np.rint(means).astype(dtype)
    if header.grey:
        level_channels(colour)
    return Picture(colour, alpha, header.grey, Metadata(icc=file.metadata.icc), "PNG")
