#!/usr/bin/env bash
# OpenCV 5 writes GIF. Three pictures go through cv2.imwrite("x.gif"): one flat grey of 128; black beside white; and a
# smooth one of 256 x 256 with red = x, green = y, blue = (x + y) / 2. Once with no options, and with
# IMWRITE_GIF_QUALITY at 4 and at 8 (documented as 1 to 8, default 2; 4 and 8 are tables of 16 and 256 colours). Pillow
# reads them; GIFs that Pillow wrote of the same pictures stand beside.
#
# Guess: the first two have one and two colours and come back exactly; the smooth one is best at 8, with 256 colours.
# What happens: with no options OpenCV dithers to a fixed table of 8 x 8 x 4 levels whatever the picture holds: flat grey
#   comes back as four colours at 19.0 dB, white as (252, 252, 255). Quality 8 is worse, not better: flat grey in two
#   colours at 15.6 dB, the smooth picture in 46 colours at 17.4 dB where no options give 150 and 20.8 dB, and quality 4
#   makes flat grey black and white dots, 6.0 dB. Exact for flat grey is only IMWRITE_GIF_DITHER at 3 ("no dither").
#
# Here: animations are written by Pillow, frame by frame (restore/video/write/animation.py), never by OpenCV.
#
# Version: opencv-python-headless 5.0.0.93, Pillow 13.0.0, numpy 2.4.6. Output seen:
#   flat grey    Pillow       1 colours, PSNR  inf dB, last pixel (128, 128, 128)
#   flat grey    no options   4 colours, PSNR 19.0 dB, last pixel (144, 144, 170)
#   flat grey    quality 4    2 colours, PSNR  6.0 dB, last pixel (255, 255, 255)
#   flat grey    quality 8    2 colours, PSNR 15.6 dB, last pixel (170, 170, 170)
#   flat grey    dither 3     1 colours, PSNR  inf dB, last pixel (128, 128, 128)
#   black, white Pillow       2 colours, PSNR  inf dB, last pixel (255, 255, 255)
#   black, white no options   2 colours, PSNR 43.4 dB, last pixel (252, 252, 255)
#   black, white quality 4    2 colours, PSNR  inf dB, last pixel (255, 255, 255)
#   black, white quality 8    2 colours, PSNR  inf dB, last pixel (255, 255, 255)
#   black, white dither 3     2 colours, PSNR  inf dB, last pixel (255, 255, 255)
#   smooth       Pillow     256 colours, PSNR 35.2 dB, last pixel (247, 247, 247)
#   smooth       no options 150 colours, PSNR 20.8 dB, last pixel (252, 252, 255)
#   smooth       quality 4    8 colours, PSNR  7.5 dB, last pixel (255, 255, 255)
#   smooth       quality 8   46 colours, PSNR 17.4 dB, last pixel (255, 255, 255)
#   smooth       dither 3   251 colours, PSNR 33.4 dB, last pixel (247, 247, 247)
set -eu -o pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    opencv-python-headless==5.0.0.93 pillow==13.0.0 numpy==2.4.6
cd "$dir"
cat > look.py <<'PY'
import math

import cv2
import numpy as np
from PIL import Image

cv2.setNumThreads(1)

y, x = np.mgrid[:256, :256]
halves = np.zeros((64, 64, 3), np.uint8)
halves[:, 32:] = 255
PICTURES = {
    "flat grey": np.full((64, 64, 3), 128, np.uint8),
    "black, white": halves,
    "smooth": np.dstack([x, y, (x + y) // 2]).astype(np.uint8),
}
OPTIONS = {
    "no options": [],
    "quality 4": [cv2.IMWRITE_GIF_QUALITY, 4],
    "quality 8": [cv2.IMWRITE_GIF_QUALITY, 8],
    "dither 3": [cv2.IMWRITE_GIF_DITHER, 3],
}


def measured(picture, path):
    """Colours that came back, PSNR, and the brightest corner."""
    with Image.open(path) as image:
        seen = np.asarray(image.convert("RGB"))
    error = float(np.mean((seen.astype(float) - picture) ** 2))
    psnr = math.inf if error == 0 else round(10 * math.log10(255**2 / error), 1)
    return len(np.unique(seen.reshape(-1, 3), axis=0)), psnr, tuple(map(int, seen[-1, -1]))


results = {}
for name, picture in PICTURES.items():
    Image.fromarray(picture).save("pillow.gif")
    results[name, "Pillow"] = measured(picture, "pillow.gif")
    for label, options in OPTIONS.items():
        if not cv2.imwrite("opencv.gif", np.ascontiguousarray(picture[..., ::-1]), options):
            raise SystemExit("CHANGED: OpenCV no longer writes GIF")
        results[name, label] = measured(picture, "opencv.gif")
for (name, label), (colours, psnr, corner) in results.items():
    print(f"{name:12} {label:10} {colours:3} colours, PSNR {psnr:4} dB, last pixel {corner}")

psnr = {key: value[1] for key, value in results.items()}
if psnr["flat grey", "Pillow"] != math.inf or psnr["flat grey", "dither 3"] != math.inf:
    raise SystemExit("CHANGED: flat grey is no longer exact by Pillow and with IMWRITE_GIF_DITHER 3")
if (results["flat grey", "no options"][:2], results["flat grey", "quality 8"][:2]) != ((4, 19.0), (2, 15.6)):
    raise SystemExit("CHANGED: flat grey is no longer 4 colours at 19.0 dB by default and 2 at 15.6 dB at quality 8")
if results["black, white", "no options"][2] != (252, 252, 255):
    raise SystemExit("CHANGED: white is no longer (252, 252, 255) by default")
if not psnr["smooth", "quality 8"] < psnr["smooth", "no options"] - 2:
    raise SystemExit("CHANGED: quality 8 is no longer worse than no options for the smooth picture")
PY
"$dir/venv/bin/python" look.py
