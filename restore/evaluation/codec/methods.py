"""The methods of a codec bench: names to codecs, our own with parts switched off among them.

Our codec runs as a user calls it, from an 8-bit picture to the bytes of a file and back. The gain of each learned part
is measured by taking it away: `restore-linear` has the principal-component transform alone, without the learned
branches; `restore-nocontext` codes every latent without its neighbours; `restore-fixed` has fixed scales instead of
the hyperprior's. `restore@2` is `restore` at effort 2.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from restore.codecs.model import Part
from restore.evaluation.codec.baselines import BASELINES, CodecMethod, missing
from restore.evaluation.methods import OURS, MethodNames, effort_of

Samples = npt.NDArray[np.uint8]

PARTS: dict[str, Part] = {
    OURS: "all",
    "restore-linear": "linear",
    "restore-nocontext": "nocontext",
    "restore-fixed": "fixed",
}
"""Our methods, and which parts of the model each runs with."""
METHODS = MethodNames(ours=tuple(PARTS), baselines=tuple(BASELINES), released="codec", missing=missing)
"""All methods, in the order of the report."""
QUALITIES = (0.0, 100.0)
"""Our quality scale."""


class Codec(Protocol):
    """What the bench asks of our codec."""

    def compress(self, image: Samples, quality: float = 60.0, *, effort: int = 1) -> bytes:
        """`(H, W, 3)` RGB to a file's bytes."""
        ...

    def decompress(self, data: bytes) -> Samples:
        """A file's bytes to `(H, W, 3)` RGB."""
        ...


def codecs_of(methods: Sequence[str], weights: str | Path, device: str, codec: Codec | None) -> list[CodecMethod]:
    """The codecs behind chosen names; `codec`, where there is one, stands for `restore`.

    Raises:
        WeightsError: our weights cannot be loaded.
        UsageError: an unavailable device.
    """

    def load(name: str) -> Codec:
        from restore.codecs.loading import load_codec
        from restore.pipelines.codec.image_codec import ImageCodec

        return ImageCodec(load_codec(weights, device=device, part=PARTS[name]))

    return METHODS.resolve(methods, baseline=lambda name: BASELINES[name](), load=load, ours=_ours, given=codec)


def _ours(method: str, codec: Codec) -> CodecMethod:
    effort = effort_of(method) or 1
    return CodecMethod(
        method,
        QUALITIES,
        lambda image, quality: codec.compress(image, quality=quality, effort=effort),
        lambda data: np.asarray(codec.decompress(data), dtype=np.uint8),
        "encoding includes the check that the file decodes",
        whole=False,
    )
