"""Who takes part in a codec bench: names to codecs, our own with parts switched off among them.

Our codec runs as a user calls it, from an 8-bit picture to the bytes of a file and back. What each learned part is
worth is measured by taking it away: `restore-linear` has the principal-component transform alone, without the learned
branches; `restore-nocontext` codes every latent without its neighbours; `restore-fixed` has fixed scales instead of
the hyperprior's.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from restore.codecs.ablation import Part
from restore.errors import UsageError
from restore.evaluation.codec_rivals import RIVALS, Contestant, missing
from restore.pretrained import available, load_weights

Samples = npt.NDArray[np.uint8]

OURS = "restore"
"""Our codec as it is released."""
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

    def compress(self, image: Samples, quality: float = 60.0) -> bytes:
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
        ours = [OURS] if codec is not None or has_weights(weights) else []
        return ours + [name for name in RIVALS if missing(name) is None]
    for name in methods:
        if name not in METHODS:
            raise UsageError(f"there is no method {name!r}; choose from {', '.join(METHODS)}")
        reason = missing(name) if name in RIVALS else None
        if reason is not None:
            raise UsageError(f"{name} cannot run: {reason}; leave it out of the methods")
    if not methods:
        raise UsageError(f"nothing to measure; choose from {', '.join(METHODS)}")
    return list(dict.fromkeys(methods))


def left_out(methods: Sequence[str], weights: str | Path) -> list[str]:
    """What a reader should be told about those that would run by default and do not."""
    notes = []
    if OURS not in methods and not has_weights(weights):
        notes.append(f"{OURS} is left out: no weights of the name {weights!s} are released; name others with --weights")
    for name in RIVALS:
        reason = missing(name)
        if reason is not None:
            notes.append(f"{name} is left out: {reason}")
    return notes


def has_weights(weights: str | Path) -> bool:
    """Whether weights of a name are released, or a path was given, which is then to be opened or refused."""
    return str(weights) != RELEASED or RELEASED in available()


def contestant(method: str, weights: str | Path, device: str, codec: Codec | None) -> Contestant:
    """The codec behind a method's name.

    Args:
        method: one of `METHODS`.
        weights: name or path of our weights.
        device: where our codec runs.
        codec: stands for `restore` instead of those.

    Raises:
        WeightsError: our weights are wanted and cannot be loaded.
        UsageError: an unavailable device.
    """
    if method in RIVALS:
        return RIVALS[method]()
    if codec is None or method != OURS:
        if not has_weights(weights):
            load_weights(weights)  # its error lists what is released
        from restore.pipelines.compress import load_codec

        codec = load_codec(weights, device=device, part=PARTS[method])
    return ours(method, codec)


def ours(name: str, codec: Codec) -> Contestant:
    """A codec of ours as the bench drives it."""
    return Contestant(
        name,
        LADDER,
        lambda image, quality: codec.compress(image, quality=quality),
        lambda data: np.asarray(codec.decompress(data), dtype=np.uint8),
        "encoding includes the check that the file decodes",
        whole=False,
    )
