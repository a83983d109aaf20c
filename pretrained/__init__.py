"""The weights that come with the install; reading, checking and saving weight files.

A weight file is a safetensors file whose metadata holds the kind, the role and the architecture's config, so that its
network can be built from the file alone. `manifest.json` lists what is released, with a sha256 for each file. Nothing
here uses the network, runs code from a file, or imports torch before it is needed.

    >>> from restore.pretrained import manifest
    >>> manifest()["format"]
    1

    store  Reading, checking and saving weights.
"""

from restore.pretrained.store import (
    Weights,
    available,
    kind_of,
    load_kind,
    load_weights,
    manifest,
    only_of_kind,
    read_weights,
    save_weights,
)

__all__ = [
    "Weights",
    "available",
    "kind_of",
    "load_kind",
    "load_weights",
    "manifest",
    "only_of_kind",
    "read_weights",
    "save_weights",
]
