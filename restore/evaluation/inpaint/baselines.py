"""The fills our network is compared with, behind one signature.

OpenCV's Telea and Navier-Stokes are what most scripts call, FSR (frequency selective reconstruction) is its
strongest, the biharmonic fill is scikit-image's, the harmonic fill is the simplest smooth one, and the sparse fill
is what our own network starts from. G'MIC's and PyPatchMatch's fills copy patches of the picture, as our pieces do;
they take part where they are installed.
Parameters are the libraries' usual ones: radius 5 for OpenCV's two, FSR in its fast profile, biharmonic region by
region, patches of 7x7 px for PyPatchMatch. G'MIC blends inside the hole only, because what it changes outside is put
back before scoring, and half a blend would leave a seam.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from restore.errors import UsageError
from restore.evaluation.extras import gmic_library, opencv, opencv_xphoto, patchmatch_library

if TYPE_CHECKING:
    import torch

Samples = npt.NDArray[np.uint8]
Hole = npt.NDArray[np.bool_]
Fill = Callable[[Samples, Hole], Samples]
"""`(H, W, 3)` RGB and a hole `(H, W)` to the filled `(H, W, 3)`; values inside the hole are not looked at."""

RADIUS = 5
"""Neighbourhood of OpenCV's fills in pixels."""
PATCH_RADIUS = 3
"""Of PyPatchMatch's patches, pixels; its own examples use it."""
STDERR = 2
"""The file descriptor that libraries in C write their messages to."""


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


def gmic(image: Samples, hole: Hole) -> Samples:
    """G'MIC's multi-scale fill by matching patches, `inpaint_matchpatch` with its defaults but no outer blending."""
    library = gmic_library()
    picture = library.Image.from_yxc(image.astype(np.float32))
    images = library.ImageList([picture, library.Image.from_yxc(hole[..., None].astype(np.float32))])
    with _silence():
        library.Gmic().run("v 0 srand 0 inpaint_matchpatch[0] [1],0,9,10,5,0", images)
    filled = np.asarray(images[0].to_numpy())[:, :, 0].transpose(1, 0, 2)
    return np.ascontiguousarray(np.rint(np.clip(filled, 0, 255)).astype(np.uint8))


def patchmatch(image: Samples, hole: Hole) -> Samples:
    """PyPatchMatch's fill (Barnes et al. 2009), its search seeded with 0."""
    library = patchmatch_library()
    library.set_random_seed(0)
    return np.asarray(library.inpaint(image, hole, patch_size=PATCH_RADIUS), dtype=np.uint8)


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


OPTIONAL: dict[str, Callable[[], object]] = {"gmic": gmic_library, "patchmatch": patchmatch_library}
"""The fills that only run where an extra of their own is installed, to what imports their library."""
LIBRARY_FILLS: dict[str, Fill] = {
    "telea": telea,
    "ns": navier_stokes,
    "fsr": fsr,
    "biharmonic": biharmonic,
    "gmic": gmic,
    "patchmatch": patchmatch,
}
"""The libraries' fills by the names the command line and the reports use."""


def missing(name: str) -> str | None:
    """What an install lacks to run a fill of `OPTIONAL`, in words; None where it runs and for every other name."""
    try:
        OPTIONAL.get(name, lambda: None)()
    except UsageError as error:
        return str(error)
    return None


@contextmanager
def _silence() -> Iterator[None]:
    """Drop what is written to the process's stderr: G'MIC reports every scale there, whatever its verbosity."""
    kept, nowhere = os.dup(STDERR), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, STDERR)
        yield
    finally:
        os.dup2(kept, STDERR)
        os.close(kept)
        os.close(nowhere)


def _as_mask(hole: Hole) -> Samples:
    return hole.astype(np.uint8) * np.uint8(255)
