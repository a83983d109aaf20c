#!/usr/bin/env bash
# SimpleITK's filters on noise of all 256 levels as uint8, and times 257 as uint16, against the same levels as float32:
# by how much does the mean level differ away from the border?
#
# Guess: -0.5 for DiscreteGaussian, whose result is cut off to whole levels once, and -5 after ten calls.
# What happens: DiscreteGaussian loses a whole level in each call, whatever its width, since each of its two passes is
#   cut off to the picture's own type. Ten calls make a picture ten levels darker. Resample cuts off as well (-0.37 for
#   half a pixel both ways), Mean too (-0.45), while BinShrink rounds halves up (+0.13).
#
# Here: restore does not use SimpleITK; scans that come from it are half a level to a level too dark for each step.
#
# Version: simpleitk 2.5.7, numpy 2.4.6. Output seen:
#   DiscreteGaussian(variance 1)  mean level off by -1.00 (uint8), -1.00 (uint16)
#   DiscreteGaussian(variance 9)  mean level off by -1.00 (uint8), -1.00 (uint16)
#   Mean(radius 1)                mean level off by -0.45 (uint8), -0.45 (uint16)
#   BinShrink(2)                  mean level off by  0.13 (uint8),  0.13 (uint16)
#   Resample(half a pixel)        mean level off by -0.37 (uint8), -0.37 (uint16)
#   Median(radius 1)              mean level off by  0.00 (uint8),  0.00 (uint16)
#   DiscreteGaussian(variance 1) ten times, uint8: mean level off by -10.0
set -eu -o pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/python" -m pip install --quiet --disable-pip-version-check simpleitk==2.5.7 numpy==2.4.6
cd "$dir"
cat > look.py <<'PY'
import numpy as np
import SimpleITK as sitk

sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
noise = np.random.default_rng(0).integers(0, 256, (128, 128)).astype(np.uint8)
half = sitk.TranslationTransform(2, (0.5, 0.5))
FILTERS = {
    "DiscreteGaussian(variance 1)": lambda image: sitk.DiscreteGaussian(image, 1.0),
    "DiscreteGaussian(variance 9)": lambda image: sitk.DiscreteGaussian(image, 9.0),
    "Mean(radius 1)": lambda image: sitk.Mean(image, [1, 1]),
    "BinShrink(2)": lambda image: sitk.BinShrink(image, [2, 2]),
    "Resample(half a pixel)": lambda image: sitk.Resample(image, image, half, sitk.sitkLinear, 0.0),
    "Median(radius 1)": lambda image: sitk.Median(image, [1, 1]),
}


def run(way, samples):
    return sitk.GetArrayFromImage(way(sitk.GetImageFromArray(samples))).astype(float)[8:-8, 8:-8]


seen = {}
for name, way in FILTERS.items():
    for kind, times in ((np.uint8, 1), (np.uint16, 257)):
        samples = noise.astype(kind) * kind(times)
        off = (run(way, samples) - run(way, samples.astype(np.float32))).mean()
        seen[name, kind.__name__] = round(float(off), 2) + 0.0
    print(f"{name:29} mean level off by {seen[name, 'uint8']:5.2f} (uint8), {seen[name, 'uint16']:5.2f} (uint16)")
image = sitk.GetImageFromArray(noise)
for _ in range(10):
    image = sitk.DiscreteGaussian(image, 1.0)
ten = round(float(sitk.GetArrayFromImage(image).mean() - noise.mean()), 1)
print(f"DiscreteGaussian(variance 1) ten times, uint8: mean level off by {ten}")

for kind in ("uint8", "uint16"):
    for variance in (1, 9):
        if not -1.1 < seen[f"DiscreteGaussian(variance {variance})", kind] < -0.9:
            raise SystemExit(f"CHANGED: DiscreteGaussian no longer loses a whole level on {kind}")
    if not -0.45 < seen["Resample(half a pixel)", kind] < -0.3 or seen["BinShrink(2)", kind] < 0.05:
        raise SystemExit(f"CHANGED: Resample no longer cuts, or BinShrink no longer rounds, on {kind}")
if ten > -9:
    raise SystemExit(f"CHANGED: ten passes no longer lose nine levels: {ten}")
PY
"$dir/venv/bin/python" look.py
