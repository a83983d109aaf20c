"""Options that `restore inpaint` and `restore extend` share: both fill a hole and write a picture."""

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from restore.cli import options
from restore.pipelines.inpaint.options import MOST_VARIANTS, InpaintOptions


@dataclass(frozen=True)
class _Filling:
    """How a hole is filled and a result written, in the order of the help."""

    output: options.Output = None
    fill: Annotated[
        str,
        typer.Option(
            "--fill", metavar="HOW", help="auto: by width; smooth: network alone; pieces: wide parts by pieces alone."
        ),
    ] = "auto"
    detail: Annotated[
        float | None,
        typer.Option("--detail", metavar="0..1", min=0, max=1, help="0: calm and safe; 1: more texture."),
    ] = None
    seed: options.Seed = 0
    variants: Annotated[
        int,
        typer.Option(
            "--variants",
            metavar=f"1..{MOST_VARIANTS}",
            min=1,
            max=MOST_VARIANTS,
            help="Make so many different fills, the likeliest first, as photo.….1.png, .2.png.",
        ),
    ] = 1
    preview: Annotated[
        str | None,
        typer.Option("--preview", metavar="PATH", help="Also write before, mask and after side by side."),
    ] = None
    force: options.Force = False
    skip_existing: options.SkipExisting = False
    strip: options.StripOption = "none"
    quality: Annotated[
        int | None,
        typer.Option(
            "--quality", metavar="1..100", min=1, max=100, help="Quality of a lossy output (JPEG, WebP, AVIF)."
        ),
    ] = None
    max_pixels: options.MaxPixels = None
    max_memory: options.MaxMemory = None


@dataclass(frozen=True)
class FillOptions(options.RunOptions, _Filling):
    """What a user asks of a command that fills holes, beside what the hole is."""

    weights: options.Weights = "inpaint"

    @property
    def pixel_limit(self) -> int:
        """Largest picture to open or to make, in pixels.

        Raises:
            UsageError: `--max-pixels` is no number of pixels.
        """
        pixels = options.parse_pixels(self.max_pixels)
        from restore.images.reading import MAX_PIXELS

        return MAX_PIXELS if pixels is None else pixels

    def request(self, **mask: Any) -> InpaintOptions:
        """What the pipeline is asked for.

        Args:
            mask: the fields of `InpaintOptions` that say what a mask means.

        Raises:
            UsageError: a value is out of its range.
        """
        memory = options.parse_memory(self.max_memory)
        return InpaintOptions(fill=self.fill, detail=self.detail, max_memory=memory, seed=self.seed, **mask)
