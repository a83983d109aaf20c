"""Which released model wrote a file: those with a number below 32768 ship for ever, so that files open for ever.

The newest one is `codec` and writes; an older one stands beside it in the manifest under a name of its own, such as
`codec-1`, without its encoder, and only reads. No torch: a file is matched with its weights before anything is loaded.
"""

from pathlib import Path

from restore.codecs.bitstream.header import Header
from restore.pretrained import manifest

NAME = "codec"
"""Name of the newest released model, and role of its weights."""


def weights_for(header: Header, weights: str | Path = NAME) -> str | Path:
    """What to load for a file.

    Args:
        header: the file's.
        weights: what the caller wished for; anything but `NAME` is taken as it is.

    Returns:
        Name of the released model that wrote the file; `weights` where there is none, and loading or decoding then
        says what is missing.
    """
    if str(weights) != NAME:
        return weights
    models = manifest()["models"]
    return next((name for name, entry in models.items() if entry.get("model") == header.model), weights)
