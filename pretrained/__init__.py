"""The weights that come with the install, and the one way to read and write any.

Weights describe themselves: a safetensors file whose metadata holds the kind, the role and the architecture's config,
so a file on its own is enough to build its network. `manifest.json` pins what is released, with a sha256 for each
file. Nothing here touches the network, runs code from a file, or imports torch before it is needed.

    >>> from restore.pretrained import manifest
    >>> manifest()["format"]
    1

    store  Reading, checking and saving weights.
"""

from restore.pretrained.store import Weights, available, kind_of, load_weights, manifest, read_weights, save_weights

__all__ = ["Weights", "available", "kind_of", "load_weights", "manifest", "read_weights", "save_weights"]
