"""Who takes part in a codec bench: names to codecs, our own with parts switched off among them.

Our codec runs as a user calls it, from an 8-bit picture to the bytes of a file and back. What each learned part is
worth is measured by taking it away: `restore-linear` has the principal-component transform alone, without the learned
branches; `restore-nocontext` codes every latent without its neighbours; `restore-fixed` has fixed scales instead of
the hyperprior's. `restore@2` is `restore` at effort 2.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from restore.codecs.model import Part
from restore.errors import UsageError
from restore.evaluation import methods as entrants
from restore.evaluation.codec.rivals import RIVALS, Contestant, missing
from restore.evaluation.methods import OURS, demand, effort_of, has_weights, ready
from restore.pretrained import load_weights

Samples = npt.NDArray[np.uint8]

PARTS: dict[str, Part] = {
    OURS: "all",
    "restore-linear": "linear",
    "restore-nocontext": "nocontext",
    "restore-fixed": "fixed",
}
"""Our methods, and which parts of the model each runs with."""
METHODS = (*PARTS, *RIVALS)
"""The methods by name, in the order of the report."""
RELEASED = "codec"
"""The name of our released weights."""
LADDER = (0.0, 100.0)
"""Our quality scale."""


class Codec(Protocol):
    """What the bench asks of our codec."""

    def compress(self, image: Samples, quality: float = 60.0, *, effort: int = 1) -> bytes:
        """`(H, W, 3)` RGB to a file's bytes."""
        ...

    def decompress(self, data: bytes) -> Samples:
        """A file's bytes to `(H, W, 3)` RGB."""
        ...


def choose_methods(methods: Sequence[str] | None, weights: str | Path, codec: Codec | None) -> list[str]:
    """The methods to run, without repeats; None is our codec (where it has weights) and every rival that is there.

    Raises:
        UsageError: an unknown name, or a rival that this install lacks.
    """
    if methods is None:
        ours = [OURS] if codec is not None or has_weights(weights, RELEASED) else []
        return ours + ready(RIVALS, missing)
    for name in methods:
        if is_ours(name):
            effort_of(name)
        elif name in RIVALS:
            demand(name, missing)
        else:
            raise UsageError(f"there is no method {name!r}; choose from {', '.join(METHODS)}")
    if not methods:
        raise UsageError(f"nothing to measure; choose from {', '.join(METHODS)}")
    return list(dict.fromkeys(methods))


def is_ours(method: str) -> bool:
    """Whether a method runs our codec, perhaps with a part switched off or with more effort."""
    return method.partition("@")[0] in PARTS


def left_out(methods: Sequence[str], weights: str | Path) -> list[str]:
    """What a reader should be told about those that would run by default and do not."""
    return entrants.left_out(methods, weights, RELEASED, RIVALS, missing)


def contestant(method: str, weights: str | Path, device: str, codec: Codec | None) -> Contestant:
    """The codec behind a method's name.

    Args:
        method: one of `METHODS`, ours with an effort if need be.
        weights: name or path of our weights.
        device: where our codec runs.
        codec: stands for `restore` instead of those.

    Raises:
        WeightsError: our weights are wanted and cannot be loaded.
        UsageError: an unavailable device.
    """
    if method in RIVALS:
        return RIVALS[method]()
    name = method.partition("@")[0]
    if codec is None or name != OURS:
        if not has_weights(weights, RELEASED):
            load_weights(weights)  # its error lists what is released
        from restore.codecs.loading import load_codec
        from restore.pipelines.codec.image_codec import ImageCodec

        codec = ImageCodec(load_codec(weights, device=device, part=PARTS[name]))
    return ours(method, codec)


def ours(method: str, codec: Codec) -> Contestant:
    """A codec of ours as the bench drives it, under a name such as `restore@2`."""
    effort = effort_of(method) or 1
    return Contestant(
        method,
        LADDER,
        lambda image, quality: codec.compress(image, quality=quality, effort=effort),
        lambda data: np.asarray(codec.decompress(data), dtype=np.uint8),
        "encoding includes the check that the file decodes",
        whole=False,
    )
