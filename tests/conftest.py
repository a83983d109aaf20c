"""What holds for every test: no network, and the same verdict each time; and a small codec for those that want one."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

# Examples come from a fixed seed, and a slow machine fails nothing; `--hypothesis-profile=default` searches further.
hypothesis.settings.register_profile("steady", deadline=None, derandomize=True, database=None, print_blob=True)
hypothesis.settings.load_profile("steady")


def refuse(*_arguments: object, **_options: object) -> None:
    raise RuntimeError("a test wants the network")


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Loading weights, in particular, must never touch the network."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", refuse)
        patch.setattr(socket, "create_connection", refuse)
        yield


@pytest.fixture(scope="session")
def codec_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a small codec, model 0: cosines as components, so that smooth pictures survive, the rest random."""
    from restore.codecs.weights import save_model
    from tests.codec_models import TINY, tiny_vae

    path = tmp_path_factory.mktemp("codec") / "small.safetensors"
    save_model(path, tiny_vae(strength=0.05).state_dict(), TINY, {"recipe": "none, for tests"})
    return path


@pytest.fixture(scope="session")
def codec(codec_weights: Path) -> Any:
    """The small codec on the CPU."""
    from restore.pipelines.codec.compress import load_codec

    return load_codec(codec_weights, "cpu")
