"""The fills our network is compared with, behind one signature.

OpenCV's Telea and Navier-Stokes are what most scripts call, FSR (frequency selective reconstruction) is its
strongest, the biharmonic fill is scikit-image's, the harmonic fill is the simplest smooth one, and the sparse fill
is what our own network starts from.
Parameters are the libraries' usual ones: radius 5 for OpenCV's two, FSR in its fast profile, biharmonic region by
region.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from restore.evaluation.extras import opencv, opencv_xphoto

if TYPE_CHECKING:
    import torch

Samples = npt.NDArray[np.uint8]
Hole = npt.NDArray[np.bool_]
Fill = Callable[[Samples, Hole], Samples]
"""`(H, W, 3)` RGB and a hole `(H, W)` to the filled `(H, W, 3)`; values inside the hole are not looked at."""

RADIUS = 5
"""Neighbourhood of OpenCV's fills in pixels."""


def telea(image: Samples, hole: Hole) -> Samples:
    """OpenCV's fast marching fill (Telea 2004)."""
    cv2 = opencv()
    return np.asarray(cv2.inpaint(image, _as_mask(hole), RADIUS, cv2.INPAINT_TELEA), dtype=np.uint8)


def navier_stokes(image: Samples, hole: Hole) -> Samples:
    """OpenCV's fluid-dynamics fill (Bertalmio et al. 2001)."""
    cv2 = opencv()
    return np.asarray(cv2.inpaint(image, _as_mask(hole), RADIUS, cv2.INPAINT_NS), dtype=np.uint8)


def fsr(image: Samples, hole: Hole) -> Samples:
    """OpenCV's frequency selective reconstruction, fast profile; its mask is non-zero where pixels are known."""
    xphoto = opencv_xphoto()
    source = np.where(hole[..., None], np.uint8(0), image)
    filled = np.zeros_like(source)
    xphoto.inpaint(source, 255 - _as_mask(hole), filled, xphoto.INPAINT_FSR_FAST)
    return filled


def biharmonic(image: Samples, hole: Hole) -> Samples:
    """scikit-image's biharmonic fill, each connected part of the hole on its own."""
    from skimage.restoration import inpaint_biharmonic

    picture = image.astype(np.float64) / 255
    filled = inpaint_biharmonic(picture, hole, channel_axis=-1, split_into_regions=True)
    return np.asarray(np.rint(np.clip(filled, 0, 1) * 255), dtype=np.uint8)


def harmonic(device: "torch.device") -> Fill:
    """Our own Laplace fill, on the device the network runs on; margins are taken over it."""
    from restore.models.inpaint.harmonic import harmonic_fill

    return _on_tensors(harmonic_fill, device)


def prefill(device: "torch.device") -> Fill:
    """Our own sparse fill, on the device the network runs on; an untrained network gives the same."""
    from restore.models.inpaint.sparse import sparse_fill

    return _on_tensors(sparse_fill, device)


def _on_tensors(method: "Callable[[torch.Tensor, torch.Tensor], torch.Tensor]", device: "torch.device") -> Fill:
    import torch

    def fill(image: Samples, hole: Hole) -> Samples:
        with torch.inference_mode():
            picture = torch.tensor(image, device=device).permute(2, 0, 1)[None].float() / 255
            filled = method(picture, torch.tensor(hole, device=device)[None, None].float())
            levels = (filled[0].clamp(0, 1) * 255).round().to(torch.uint8)
            return np.ascontiguousarray(levels.permute(1, 2, 0).cpu().numpy())

    return fill


LIBRARY_FILLS: dict[str, Fill] = {"telea": telea, "ns": navier_stokes, "fsr": fsr, "biharmonic": biharmonic}
"""The libraries' fills by the names the command line and the reports use."""


def _as_mask(hole: Hole) -> Samples:
    return hole.astype(np.uint8) * np.uint8(255)
