"""What the tests of all benches share."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torchvision.models import squeezenet1_0


@pytest.fixture
def perceptual_file(tmp_path: Path) -> str:
    """SqueezeNet with random weights, as a file."""
    torch.manual_seed(0)
    path = tmp_path / "squeeze.safetensors"
    save_file(squeezenet1_0().state_dict(), path)
    return str(path)
