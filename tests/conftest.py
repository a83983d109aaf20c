"""What holds for every test: no network, the same verdict each time; the repository, and a small codec."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

PACKAGES = {"restore": "restore", "restore.cli": "cli", "restore.codecs": "codecs", "restore.pretrained": "pretrained"}

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
    from restore.codecs.model import save_model
    from tests.support.models.codec import TINY, tiny_vae

    path = tmp_path_factory.mktemp("codec") / "small.safetensors"
    save_model(path, tiny_vae(strength=0.05).state_dict(), TINY, {"recipe": "none, for tests"})
    return path


@pytest.fixture(scope="session")
def codec(codec_weights: Path) -> Any:
    """The small codec on the CPU."""
    from restore.codecs.loading import load_codec
    from restore.pipelines.codec.image_codec import ImageCodec

    return ImageCodec(load_codec(codec_weights, "cpu"))


@pytest.fixture(scope="session")
def repository() -> Path:
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def sources(repository: Path) -> dict[str, Path]:
    """Import name to file, for every Python file in the four folders: read from the disk, not from pyproject.toml."""
    found = {}
    for package, folder in PACKAGES.items():
        for path in sorted((repository / folder).rglob("*.py")):
            parts = path.relative_to(repository / folder).with_suffix("").parts
            name = ".".join((package, *parts)).removesuffix(".__init__")
            found[name] = path
    return found
