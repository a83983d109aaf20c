"""What holds for every test: no network, and the same verdict each time."""

import socket
from collections.abc import Iterator

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
