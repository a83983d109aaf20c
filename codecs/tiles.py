"""Analysis and synthesis of a picture's tiles with one model on one device.

Tiles are cut without overlap, and each is coded by itself. Analysis and synthesis are convolutions: they run on a tile
and a margin of its neighbours as wide as their receptive field, so that there are no seams and nothing is coded twice.
"""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from restore.codecs.bitstream.boxes import Box
from restore.codecs.bitstream.header import QUALITY_STEPS
from restore.codecs.latents import LatentCoder, in_steps
from restore.codecs.model import CodecModel
from restore.codecs.network.annealing import AnnealedTile, Effort, StepCallback, anneal, distortion_weight
from restore.codecs.network.vae import BRANCH_STRIDE, STRIDE
from restore.devices import autocast
from restore.errors import WeightsError
from restore.tiling import pad_to_multiple

Pixels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
"""`(H, W, 3)`, RGB, upright."""


class TileCodec:
    """One model on one device.

    Args:
        model: network and tables; the network is moved to the device.
        device: where analysis and synthesis run, and the integers too unless it has no float64.
    """

    def __init__(self, model: CodecModel, device: torch.device) -> None:
        self.model = model
        self.move_to(device)

    def move_to(self, device: torch.device) -> None:
        """Run on another device from now on."""
        self.device = device
        self._vae = self.model.vae.to(device).to(memory_format=torch.channels_last).eval().requires_grad_(False)
        self.coder = LatentCoder(self._vae, self.model.tables)

    @torch.inference_mode()
    def analyse(self, pixels: Pixels, box: Box) -> Tensor:
        """Latents of one tile, before their gain.

        Args:
            pixels: the whole picture.
            box: a tile, or another box whose left and top are multiples of 16.

        Returns:
            `(1, M, h, w)`, float32, on the device.

        Raises:
            WeightsError: the model has no encoder.
        """
        if not self.model.has_encoder:
            raise WeightsError(
                f"model {self.model.number} is kept to read its files and writes none: leave the weights out, and the "
                "newest model writes"
            )
        around = _grown(box, pixels, self._vae.config.analysis)
        x = pad_to_multiple(self._tensor(pixels, around), STRIDE)[0].contiguous(memory_format=torch.channels_last)
        with autocast(self.device):
            y = self._vae.analyse(x).float()
        return y[..., *box.coarser(STRIDE).slices_in(around.coarser(STRIDE))].contiguous()

    def anneal(
        self, y: Tensor, pixels: Pixels, box: Box, quality: int, effort: Effort, on_step: StepCallback | None = None
    ) -> Tensor:
        """Latents of one tile with lower rate and distortion; `y` itself where none are found.

        Args:
            y: from `analyse`.
            pixels: the whole picture.
            box: the tile.
            quality: 0..25600, as the header has it.
            effort: number and size of the steps.
            on_step: called after every step.

        Returns:
            The shape of `y`.
        """
        if not effort.steps:
            return y
        around = _grown(box, pixels, self._vae.config.synthesis)
        rows, columns = box.coarser(STRIDE).slices_in(around.coarser(STRIDE))
        x = self._tensor(pixels, box)
        tile = AnnealedTile(self.analyse(pixels, around), rows, columns, x)
        annealed = anneal(self._vae, tile, quality / QUALITY_STEPS, effort, on_step)
        return annealed if self._cost(annealed, x, quality) < self._cost(y, x, quality) else y

    @torch.inference_mode()
    def synthesise(self, y_hat: Tensor, quality: int) -> Tensor:
        """Pixels of decoded latents.

        Args:
            y_hat: `(1, M, h, w)` in quantisation steps.
            quality: 0..25600, as the header has it.

        Returns:
            `(1, 3, 16h, 16w)`, range about 0..1, not clamped.
        """
        y_hat = y_hat.to(self.device).contiguous(memory_format=torch.channels_last)
        with autocast(self.device):
            return self._vae.synthesise(y_hat, torch.tensor([quality / QUALITY_STEPS], device=self.device)).float()

    @property
    def synthesis_margin(self) -> int:
        """How many latents away from a pixel the synthesis still depends on."""
        return _margin(self._vae.config.synthesis)

    @torch.inference_mode()
    def synthesise_alone(self, y: Tensor, box: Box, quality: int, depth: int) -> Pixels:
        """What a tile would decode to at a quality, synthesised without its neighbours; nothing is coded.

        Args:
            y: from `analyse` or `anneal`.
            box: the tile.
            quality: 0..25600.
            depth: 8 or 16 bits per sample.
        """
        _, y_hat = self.coder.estimate_bits(y, quality)
        return to_samples(self.synthesise(in_steps(y_hat), quality), depth)[: box.height, : box.width]

    @torch.inference_mode()
    def _cost(self, y: Tensor, x: Tensor, quality: int) -> float:
        """Bits of a tile plus its error in bits, for `x` `(1, 3, h, w)`."""
        bits, y_hat = self.coder.estimate_bits(y, quality)
        height, width = x.shape[-2:]
        x_hat = self.synthesise(in_steps(y_hat), quality)[..., :height, :width].clamp(0, 1)
        error = float((x_hat - x).square().mean())
        return bits + distortion_weight(quality / QUALITY_STEPS) * height * width * error

    def _tensor(self, pixels: Pixels, box: Box) -> Tensor:
        """`(1, 3, h, w)` of a box, range 0..1, on the device."""
        x = torch.from_numpy(np.ascontiguousarray(pixels[box.slices]).astype(np.float32)).to(self.device)
        return (x / float(np.iinfo(pixels.dtype).max)).permute(2, 0, 1)[None]


def to_samples(x: Tensor, depth: int) -> Pixels:
    """`(h, w, 3)` of 8 or 16 bits from `(1, 3, h, w)`, clamped to 0..1."""
    levels = (x[0].clamp(0, 1) * ((1 << depth) - 1)).round().permute(1, 2, 0).cpu().numpy()
    samples: Pixels = levels.astype(np.uint8) if depth == 8 else levels.astype(np.uint16)
    return samples


def _margin(blocks: int) -> int:
    """Receptive field of a learned branch with so many blocks, to one side, in latents."""
    return -(-blocks * BRANCH_STRIDE // STRIDE)


def _grown(box: Box, pixels: Pixels, blocks: int) -> Box:
    """The box and the receptive field of a learned branch with so many blocks around it, inside the picture."""
    return box.grown(STRIDE * _margin(blocks), pixels.shape[1], pixels.shape[0])
