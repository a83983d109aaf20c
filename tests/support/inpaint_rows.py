"""A row of an inpainting bench, to be changed by `dataclasses.replace`."""

from restore.evaluation.inpaint.rows import InpaintRow

BASE = InpaintRow(
    picture="a.png",
    mask="thin",
    seed=0,
    size=256,
    hole=0.2,
    method="harmonic",
    psnr=20,
    psnr_hole=12,
    ssim=0.8,
    ssim_hole=0.5,
    perceptual=0.4,
    seconds=0.2,
    network_seconds=0,
    memory=10,
    device_memory=None,
    changed_outside=0,
    sharpness=0.5,
    sharpness_truth=1.25,
    patch_distance=4,
    patch_distance_truth=9,
)
