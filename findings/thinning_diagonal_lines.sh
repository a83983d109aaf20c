#!/usr/bin/env bash
# A line at 45 degrees over 50 rows, 1 to 6 pixels wide in each row, is thinned to its middle line by OpenCV (ximgproc),
# scikit-image and SimpleITK. How many pixels are left?
#
# Guesses: that the Zhang-Suen versions, the default of all three, leave the same pixels; and, from one who knows that
#   Zhang-Suen eats even widths up from both ends, 50, 2, 50, 2, 50, 2 from all three.
# What happens: the three differ from width 2 on, each in its own way. Of the line of 6 pixels OpenCV leaves 99, two lines
#   side by side, SimpleITK 4 and scikit-image 55; of the line of 4 OpenCV and SimpleITK leave 3, scikit-image 53.
#
# Here: not used (restore finds scratches without thinning); lengths of cracks and scratches counted after OpenCV's or
#   SimpleITK's thinning are zero for diagonals of even width.
#
# Version: opencv-contrib-python-headless 5.0.0.93, scikit-image 0.26.0, SimpleITK 2.5.7, numpy 2.4.6. Output seen:
#   width of the line                1   2   3   4   5   6
#   OpenCV, Zhang-Suen (default)    50   2  50   3  51  99
#   OpenCV, Guo-Hall                50  51  52  53  54  55
#   scikit-image, Zhang (default)   50  27  52  53  54  55
#   scikit-image, Lee               50  49  48  48  48  47
#   scikit-image, thin (Guo-Hall)   50  51  52  53  54  55
#   SimpleITK, BinaryThinning       50   2  50   3  50   4
set -eu -o pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    opencv-contrib-python-headless==5.0.0.93 scikit-image==0.26.0 simpleitk==2.5.7 numpy==2.4.6
cd "$dir"
cat > look.py <<'PY'
import cv2
import numpy as np
import SimpleITK as sitk
from skimage.morphology import skeletonize, thin


def itk(line):
    return sitk.GetArrayFromImage(sitk.BinaryThinning(sitk.GetImageFromArray(line.astype(np.uint8))))


def opencv(kind):
    return lambda line: cv2.ximgproc.thinning(line.astype(np.uint8) * 255, thinningType=kind)


WAYS = {
    "OpenCV, Zhang-Suen (default)": opencv(cv2.ximgproc.THINNING_ZHANGSUEN),
    "OpenCV, Guo-Hall": opencv(cv2.ximgproc.THINNING_GUOHALL),
    "scikit-image, Zhang (default)": skeletonize,
    "scikit-image, Lee": lambda line: skeletonize(line, method="lee"),
    "scikit-image, thin (Guo-Hall)": thin,
    "SimpleITK, BinaryThinning": itk,
}


def line(width):
    """A line of 50 rows at 45 degrees, this many pixels wide in each row."""
    mask = np.zeros((80, 80), bool)
    for row in range(10, 60):
        mask[row, row : row + width] = True
    return mask


seen = {}
print(f"{'width of the line':30}", *(f"{width:3}" for width in range(1, 7)))
for name, way in WAYS.items():
    seen[name] = [int((way(line(width)) > 0).sum()) for width in range(1, 7)]
    print(f"{name:30}", *(f"{count:3}" for count in seen[name]))

for name in ("OpenCV, Zhang-Suen (default)", "SimpleITK, BinaryThinning"):
    one, two, three, four, *_ = seen[name]
    if one < 45 or three < 45 or two > 5 or four > 5:
        raise SystemExit(f"CHANGED: {name} no longer keeps widths 1 and 3 and loses 2 and 4: {seen[name]}")
for name in ("OpenCV, Guo-Hall", "scikit-image, Lee", "scikit-image, thin (Guo-Hall)"):
    if min(seen[name]) < 45:
        raise SystemExit(f"CHANGED: {name} no longer keeps the lines: {seen[name]}")
widest = [seen[name][5] for name in ("OpenCV, Zhang-Suen (default)", "SimpleITK, BinaryThinning")]
if widest[0] < 90 or widest[1] > 6 or seen["scikit-image, Zhang (default)"][3] < 45:
    raise SystemExit("CHANGED: the Zhang-Suen versions no longer differ so at widths 4 and 6")
if not 15 < seen["scikit-image, Zhang (default)"][1] < 40:
    raise SystemExit("CHANGED: scikit-image's Zhang no longer loses half of the line of two pixels")
PY
"$dir/venv/bin/python" look.py
