"""A loaded codec for whole images: what `restore.compress`, `restore.decompress` and the commands work with.

When a graphics card runs out of memory, the picture and all after it are done on the CPU: the same symbols decode
there, and pixels differ by one level at most.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import torch

from restore.callbacks import Notify, ProgressCallback
from restore.codecs.bitstream.boxes import Box, Region, box_of_region
from restore.codecs.bitstream.file import RicFile, read_file
from restore.codecs.bitstream.header import BEST_QUALITY, MAX_PIXELS, QUALITY_STEPS
from restore.codecs.decoding import decode_picture, decode_preview, drop_damaged
from restore.codecs.encoding import encode_picture, verify_encoding
from restore.codecs.network.annealing import EFFORTS
from restore.codecs.tiles import TileCodec
from restore.devices import is_out_of_memory
from restore.errors import RestoreError, UsageError
from restore.images.metadata import writable_metadata
from restore.images.picture import Picture
from restore.pipelines.codec.exchange import Form, from_picture, require_form, to_picture
from restore.pipelines.codec.targets import Target, meet_target

T = TypeVar("T")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CompressedPicture:
    """A picture's file, and what is known of it."""

    data: bytes
    """The whole file."""
    quality: float
    """0..100."""
    psnr: float | None = None
    """dB, where a PSNR was asked for."""


class ImageCodec:
    """Compresses and decompresses images with one model.

    Args:
        codec: the model on its device, from `restore.codecs.loading.load_codec`.
    """

    def __init__(self, codec: TileCodec) -> None:
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
            **options: `effort`, `strip`, `verify`, `on_progress` and `notify` of `compress_picture`.

        Returns:
            A `.ric` file.

        Raises:
            UsageError: an image that is not supported, or a quality out of range.
        """
        return self.compress_picture(to_picture(image), quality, **options).data

    def decompress(
        self, data: bytes, region: Region | None = None, *, form: Form = "array", salvage: bool = False, **options: Any
    ) -> Any:
        """Decompress a `.ric` file.

        Args:
            data: the file.
            region: x, y, width and height in pixels of the part that is wanted.
            form: `array`, `pillow` or `tensor`; see `restore.pipelines.codec.exchange.from_picture`.
            salvage: fill what is lost with grey and name it to `notify`.
            **options: `max_pixels`, and `on_progress` and `notify` of `decompress_file`.

        Returns:
            By default an array, uint8 or uint16 as the picture was: `(H, W, 3)`; with transparency `(H, W, 4)`; grey
            `(H, W)` or `(H, W, 2)`.

        Raises:
            ContainerError: the file is damaged or too large.
            WeightsError: the file was written by another model.
            UsageError: the region lies outside the picture, or the form is unknown.
        """
        file = read_file(data, salvage=salvage, max_pixels=options.pop("max_pixels", MAX_PIXELS))
        require_form(form)
        return from_picture(self.decompress_file(file, region, salvage=salvage, **options), form)

    def compress_picture(
        self,
        picture: Picture,
        quality: float = 60.0,
        *,
        target: Target | None = None,
        effort: int = 1,
        strip: str = "none",
        verify: bool = True,
        on_progress: ProgressCallback | None = None,
        notify: Notify | None = None,
    ) -> CompressedPicture:
        """Compress a picture that was read from a file.

        Args:
            picture: any size, 8 or 16 bit.
            quality: 0..100; ignored where there is a target.
            target: a size, a rate or a PSNR to meet.
            effort: 1, 2 or 3: how long to search for latents with lower rate and distortion; see
                `restore.codecs.network.annealing`.
            strip: metadata to leave out: `none`, `location` or `all`.
            verify: decode the file before returning it.
            on_progress: called with the parts done and the parts in all.
            notify: called with a line if the device runs out of memory.

        Raises:
            UsageError: a quality out of range, a target that cannot be reached, an unknown `effort` or `strip`.
            OutputError: the file does not decode to what was encoded.
        """
        if not 0 <= quality <= BEST_QUALITY:
            raise UsageError(f"quality {quality:g} is out of range: choose 0 (smallest) to {BEST_QUALITY} (best)")
        if effort not in EFFORTS:
            raise UsageError(f"effort {effort!r} is unknown: choose one of {', '.join(map(str, EFFORTS))}")
        steps = round(quality * QUALITY_STEPS)
        metadata = writable_metadata(picture.metadata, strip=strip)
        anneal = EFFORTS[effort]

        def work() -> CompressedPicture:
            if target is None:
                data = encode_picture(self._codec, picture, steps, metadata, effort=anneal, on_progress=on_progress)
                made = CompressedPicture(data, steps / QUALITY_STEPS)
            else:
                met = meet_target(self._codec, picture, metadata, target, anneal, on_progress)
                made = CompressedPicture(met.data, met.quality / QUALITY_STEPS, met.psnr)
            if verify:
                verify_encoding(self._codec, made.data, picture)
            return made

        return self._with_enough_memory(work, notify)

    def decompress_file(
        self,
        file: RicFile,
        region: Region | None = None,
        *,
        salvage: bool = False,
        on_progress: ProgressCallback | None = None,
        notify: Notify | None = None,
    ) -> Picture:
        """The picture of a file.

        Args:
            file: from `restore.codecs.bitstream.file.read_file`.
            region: x, y, width and height in pixels of the upright picture.
            salvage: fill what does not decode with grey and name it to `notify`.
            on_progress: called with the tiles done and the tiles in all.
            notify: called with a line for each part that is lost, or if the device runs out of memory.

        Raises:
            WeightsError: the file was written by another model.
            ContainerError: a code is damaged.
            UsageError: the region lies outside the picture.
        """
        box = None if region is None else box_of_region(region, file.header.width, file.header.height)

        def work() -> Picture:
            whole = self._salvaged(file, box, notify) if salvage else file
            return decode_picture(self._codec, whole, box, on_progress=on_progress)

        return self._with_enough_memory(work, notify)

    def preview_file(self, file: RicFile, *, salvage: bool = False, notify: Notify | None = None) -> Picture:
        """The picture of a file at an eighth of its size, from the linear part of the model alone.

        Arguments and errors as in `decompress_file`.
        """

        def work() -> Picture:
            return decode_preview(self._codec, self._salvaged(file, None, notify) if salvage else file)

        return self._with_enough_memory(work, notify)

    def _salvaged(self, file: RicFile, box: Box | None, notify: Notify | None) -> RicFile:
        """The file without what does not decode; `notify` is called for each part that is lost."""
        whole, lost = drop_damaged(self._codec, file, box)
        for line in (*file.damage, *lost):
            (notify or _log.warning)(line)
        return whole

    def _with_enough_memory(self, work: Callable[[], T], notify: Notify | None) -> T:
        """The result of `work`, on the CPU if the device has too little memory for it."""
        try:
            return work()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            if self.device.type == "cpu":
                raise RestoreError(
                    "not enough memory for this picture: close other programs or use a machine with more memory"
                ) from error
        (notify or _log.info)(f"{self.device} ran out of memory: going on on the CPU, which is slower")
        self._codec.move_to(torch.device("cpu"))
        return work()
