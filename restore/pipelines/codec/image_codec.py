"""A codec for whole pictures: what `restore.compress`, `restore.decompress` and the commands work with.

A model is loaded once and kept. When a graphics card runs out of memory, the picture is done again on the CPU: the same
symbols decode there, and pixels differ by one level at most.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch

from restore.callbacks import Notify
from restore.codecs.ablation import Part
from restore.codecs.bitstream.file import RicFile, read_file
from restore.codecs.bitstream.header import BEST_QUALITY, MAX_PIXELS, QUALITY_STEPS, Rect
from restore.codecs.codec import Codec, Progress
from restore.codecs.loading import open_codec
from restore.codecs.network.annealing import EFFORTS
from restore.codecs.pictures import decode_picture, drop_damaged, encode_picture, verify_encoding
from restore.codecs.preview import preview_picture
from restore.codecs.released import NAME
from restore.devices import is_out_of_memory
from restore.errors import RestoreError, UsageError
from restore.images.metadata import writable_metadata
from restore.images.picture import Picture
from restore.pipelines.codec.exchange import Form, from_picture, to_picture
from restore.pipelines.codec.regions import Region, region_in
from restore.pipelines.codec.targets import Target, meet_target

T = TypeVar("T")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Encoded:
    """A compressed picture."""

    data: bytes
    """The whole file."""
    quality: float
    """0..100."""
    psnr: float | None = None
    """dB, where a PSNR was asked for."""


class ImageCodec:
    """Compresses and decompresses pictures with one model.

    Args:
        codec: the model on its device.
    """

    def __init__(self, codec: Codec) -> None:
        self._codec = codec

    @property
    def device(self) -> torch.device:
        """Where the networks run now."""
        return self._codec.device

    @property
    def model(self) -> tuple[int, int]:
        """Number and hash of the model, as files name it."""
        return self._codec.model.number, self._codec.model.hash

    def compress(self, image: Any, quality: float = 60.0, **options: Any) -> bytes:
        """Compress an image.

        Args:
            image: a PIL image, an array `(H, W)`, `(H, W, 1)`, `(H, W, 3)` or `(H, W, 4)` of uint8, uint16 or float
                0..1, or a tensor `(C, H, W)`; see `restore.pipelines.codec.exchange.to_picture`.
            quality: 0..100.
            **options: `effort`, `strip`, `verify`, `progress` and `notify` of `encode`.

        Returns:
            A `.ric` file.

        Raises:
            UsageError: an image that is not supported, or a quality out of range.
        """
        return self.encode(to_picture(image), quality, **options).data

    def decompress(
        self, data: bytes, region: Region | None = None, *, form: Form = "array", salvage: bool = False, **options: Any
    ) -> Any:
        """Decompress a `.ric` file.

        Args:
            data: the file.
            region: x, y, width and height in pixels of the part that is wanted.
            form: `array`, `pillow` or `tensor`; see `restore.pipelines.codec.exchange.from_picture`.
            salvage: fill what is lost with grey and tell `notify` where.
            **options: `max_pixels`, and `progress` and `notify` of `decode`.

        Returns:
            By default an array, uint8 or uint16 as the picture was: `(H, W, 3)`; with transparency `(H, W, 4)`; grey
            `(H, W)` or `(H, W, 2)`.

        Raises:
            ContainerError: the file is damaged or too large.
            WeightsError: the file was written by another model.
            UsageError: the region lies outside the picture, or the form is unknown.
        """
        file = read_file(data, salvage=salvage, max_pixels=options.pop("max_pixels", MAX_PIXELS))
        return from_picture(self.decode(file, region, salvage=salvage, **options), form)

    def encode(
        self,
        picture: Picture,
        quality: float = 60.0,
        *,
        target: Target | None = None,
        effort: int = 1,
        strip: str = "none",
        verify: bool = True,
        progress: Progress | None = None,
        notify: Notify | None = None,
    ) -> Encoded:
        """Compress a picture that was read from a file.

        Args:
            picture: any size, 8 or 16 bit.
            quality: 0..100; not looked at where there is a target.
            target: a size, a rate or a PSNR to meet.
            effort: 1, 2 or 3: how long to look for symbols that are worth their bits; see
                `restore.codecs.network.annealing`.
            strip: metadata to leave out: `none`, `location` or `all`.
            verify: decode what was made before it is given away.
            progress: called with the tiles done and the tiles in all.
            notify: is told what is worth knowing.

        Raises:
            UsageError: a quality out of range, a target that cannot be reached, an unknown `effort` or `strip`.
            OutputError: what was made does not decode.
        """
        if not 0 <= quality <= BEST_QUALITY:
            raise UsageError(f"quality {quality:g} is out of range: choose 0 (smallest) to {BEST_QUALITY} (best)")
        if effort not in EFFORTS:
            raise UsageError(f"effort {effort!r} is unknown: choose one of {', '.join(map(str, EFFORTS))}")
        steps = round(quality * QUALITY_STEPS)
        metadata = writable_metadata(picture.metadata, strip=strip)

        def work(codec: Codec) -> Encoded:
            if target is None:
                data = encode_picture(codec, picture, steps, metadata, effort=EFFORTS[effort], progress=progress)
                made = Encoded(data, steps / QUALITY_STEPS)
            else:
                found = meet_target(codec, picture, metadata, target, EFFORTS[effort], progress)
                made = Encoded(found.data, found.quality / QUALITY_STEPS, found.psnr)
            if verify:
                verify_encoding(codec, made.data, picture)
            return made

        return self._with_enough_memory(work, notify)

    def decode(
        self,
        file: RicFile,
        region: Region | None = None,
        *,
        salvage: bool = False,
        progress: Progress | None = None,
        notify: Notify | None = None,
    ) -> Picture:
        """The picture of a file.

        Args:
            file: from `restore.codecs.bitstream.file.read_file`.
            region: x, y, width and height in pixels, as the picture is looked at.
            salvage: fill what does not decode with grey and tell `notify` where.
            progress: called with the tiles done and the tiles in all.
            notify: is told what is lost, and what else is worth knowing.

        Raises:
            WeightsError: the file was written by another model.
            ContainerError: a code is damaged.
            UsageError: the region lies outside the picture.
        """
        part: Rect | None = None if region is None else region_in(region, file.header)

        def work(codec: Codec) -> Picture:
            whole = file
            if salvage:
                whole, lost = drop_damaged(codec, file, part)
                for line in (*file.damage, *lost):
                    (notify or _log.warning)(line)
            return decode_picture(codec, whole, part, progress=progress)

        return self._with_enough_memory(work, notify)

    def preview(self, file: RicFile, *, salvage: bool = False, notify: Notify | None = None) -> Picture:
        """The picture at an eighth of its size, from the linear part of the model alone; options as in `decode`."""

        def work(codec: Codec) -> Picture:
            whole = file
            if salvage:
                whole, lost = drop_damaged(codec, file)
                for line in (*file.damage, *lost):
                    (notify or _log.warning)(line)
            return preview_picture(codec, whole)

        return self._with_enough_memory(work, notify)

    def _with_enough_memory(self, work: Callable[[Codec], T], notify: Notify | None) -> T:
        try:
            return work(self._codec)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            if self.device.type == "cpu":
                raise RestoreError(
                    "not enough memory for this picture: close other programs or use a machine with more memory"
                ) from error
        (notify or _log.info)(f"{self.device} ran out of memory: going on on the CPU, which is slower")
        self._codec = Codec(self._codec.model, torch.device("cpu"))
        return work(self._codec)


def load_codec(weights: str | Path = NAME, device: str = "auto", part: Part = "all") -> ImageCodec:
    """Load a codec, once for many pictures.

    Args:
        weights: a released model's name, a `.safetensors` file, or a folder that holds one, such as a training run.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
        part: `all`; or, to measure what a part of the network earns, `linear`, `nocontext` or `fixed`; see
            `restore.codecs.ablation`. Files of a reduced model are read by itself only.

    Raises:
        UsageError: the device is not available, or the part unknown.
        WeightsError: no such weights, damaged ones, or those of another model.
    """
    return ImageCodec(open_codec(weights, device, part))
