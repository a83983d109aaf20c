"""The guard around the tests does guard."""

import urllib.request

import pytest


def test_no_test_reaches_the_network() -> None:
    with pytest.raises(RuntimeError, match="a test wants the network"):
        urllib.request.urlopen("http://localhost:9/")
