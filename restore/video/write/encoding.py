"""What a user may choose about a written video: codec, quality, preset; and what there is to choose from.

    codec      encoder      quality (crf)    preset                     in
    h264       libx264      0..51, 18        ultrafast..placebo         mp4 m4v mov mkv
    hevc       libx265      0..51, 20        ultrafast..placebo         mp4 m4v mov mkv
    av1        libsvtav1    1..63, 24        0..13 (slow..fast)         mp4 m4v mkv webm
    vp9        libvpx-vp9   0..63, 24        0..8 (slow..fast)          mp4 m4v mkv webm
    prores     prores_ks    fixed            none                       mov mkv
    ffv1       ffv1         lossless         none                       mkv

Below 96 pixels a side HEVC is not written: x265 4.2 then goes past the end of its memory, which makes two runs differ
(seen at 64 x 64) or ends them (at 34 x 36).
"""

import os
from dataclasses import dataclass
from pathlib import Path

from restore.callbacks import Notify
from restore.errors import UsageError

__all__ = ["CODECS", "CONTAINERS", "Encoding", "Notify", "VideoCodec", "check_choice", "container_of"]


CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm"}
"""Suffix to FFmpeg's container. AVI holds neither exact times nor a variable rate, and so is only read."""

_SPEEDS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo")


@dataclass(frozen=True, slots=True)
class VideoCodec:
    """One way to encode."""

    encoder: str
    """FFmpeg's name."""
    containers: tuple[str, ...]
    """FFmpeg's names of those that hold it."""
    crf: tuple[int, int, int] | None = None
    """Lowest, highest and default; None where there is none."""
    presets: tuple[str, ...] = ()
    preset: str = ""
    even: bool = False
    """4:2:0 has even sizes only."""
    smallest: int = 1
    """Pixels a side; below, the encoder refuses or writes past its memory."""
    reorder: int = 0
    """How many packets one may run ahead of the order of showing."""


_NUMBERS = tuple(map(str, range(14)))
CODECS = {
    "h264": VideoCodec("libx264", ("mp4", "mov", "matroska"), (0, 51, 18), _SPEEDS, "medium", even=True, reorder=2),
    "hevc": VideoCodec("libx265", ("mp4", "mov", "matroska"), (0, 51, 20), _SPEEDS, "medium", True, 96, reorder=2),
    "av1": VideoCodec("libsvtav1", ("mp4", "matroska", "webm"), (1, 63, 24), _NUMBERS, "8", even=True, smallest=16),
    "vp9": VideoCodec("libvpx-vp9", ("mp4", "matroska", "webm"), (0, 63, 24), _NUMBERS[:9], "4"),
    "prores": VideoCodec("prores_ks", ("mov", "matroska"), smallest=16),
    "ffv1": VideoCodec("ffv1", ("matroska",)),
}
"""What can be asked for by name."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """What a user may choose about a written video.

    Raises:
        UsageError: a codec, crf or preset that does not exist.
    """

    codec: str = "same"
    """One of ``CODECS``, or ``"same"``: the source's, or h264 where that cannot be written."""
    crf: int | None = None
    """Constant quality in the codec's own numbers, lower is better; None: visually lossless."""
    preset: str | None = None
    """The encoder's own word or number for speed against size."""
    threads: int = 0
    """Of the encoder; 0: one for each processor, at most 16."""

    def __post_init__(self) -> None:
        if self.codec != "same" and self.codec not in CODECS:
            raise UsageError(f"there is no codec {self.codec!r}; use same, {', '.join(CODECS)}")
        if self.threads < 0:
            raise UsageError(f"{self.threads} threads cannot be; use 0 for one each processor")
        if self.codec != "same":
            check_choice(self, self.codec)

    @property
    def thread_count(self) -> int:
        """Threads to use, never 0."""
        return self.threads or min(os.cpu_count() or 1, 16)


def container_of(path: Path) -> str:
    """FFmpeg's container for a path's suffix.

    Raises:
        UsageError: one that is not written.
    """
    container = CONTAINERS.get(path.suffix.lower())
    if container is None:
        what = f"the suffix {path.suffix}" if path.suffix else "a name without suffix"
        raise UsageError(
            f"{path}: {what} does not say which video to write; use {', '.join(CONTAINERS)}, .gif, .webp or a folder"
        )
    return container


def check_choice(encoding: Encoding, codec: str) -> None:
    """Refuse a crf or preset that a codec does not have.

    Raises:
        UsageError: it has none, or others.
    """
    known = CODECS[codec]
    if encoding.crf is not None:
        if known.crf is None:
            raise UsageError(f"{codec} takes no crf: its quality is fixed")
        low, high, _ = known.crf
        if not low <= encoding.crf <= high:
            raise UsageError(f"a crf of {encoding.crf} is out of range for {codec}; use {low} (best) to {high}")
    if encoding.preset is not None and encoding.preset not in known.presets:
        offer = f"use {known.presets[0]} to {known.presets[-1]}" if known.presets else "it has none"
        raise UsageError(f"{codec} has no preset {encoding.preset!r}; {offer}")
