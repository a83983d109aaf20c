#!/usr/bin/env bash
# A film of 26 frames, written by PyAV: 25 frames at 1/25 s, then one last frame ten seconds later (pts 275, 11.0 s).
# The same frames and time stamps go into .mp4 four ways and into .mkv once; what does the file say its length is?
#
# Guess: 11.04 s (last time stamp plus one frame) in each, and an average rate of about 2.4 frames per second.
# What happens: in .mp4 H.264 and HEVC with B-frames (what libx264 and libx265 make unless told otherwise) say 1.04 s and
#   an average rate of exactly 25, a plain film of 26 frames; all 26 frames are there and the last is stamped 11.0.
#   Without B-frames, and as MPEG-4 part 2, the length is right, and so it is in Matroska. `frame.duration` changes
#   nothing. The muxer counts a track's length along decoding times, which B-frames leave two frames behind.
#
# Here: the expected number of output frames and the progress bar of restore interpolate are taken from this length, and
#   the place of --preview's moments (restore/pipelines/interpolate/video/retiming.py); output times are the frames' own.
#
# Version: av 18.1.0 (FFmpeg 8.1.2), numpy 2.4.6. Output seen:
#   H.264, B-frames, .mp4     26 frames, the last at 11.00 s, length 1.04 s, average rate 25
#   H.264, no B-frames, .mp4  26 frames, the last at 11.00 s, length 11.04 s, average rate 325/138
#   HEVC, B-frames, .mp4      26 frames, the last at 11.00 s, length 1.04 s, average rate 25
#   MPEG-4 part 2, .mp4       26 frames, the last at 11.00 s, length 11.04 s, average rate 325/138
#   H.264, B-frames, .mkv     26 frames, the last at 11.00 s, length 11.04 s, average rate 25
set -eu -o pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/python" -m pip install --quiet --disable-pip-version-check av==18.1.0 numpy==2.4.6
cd "$dir"
cat > look.py <<'PY'
from fractions import Fraction

import av
import numpy as np

TIMES = [*range(25), 275]  # in 1/25 s


def write(path, codec, options):
    with av.open(path, "w") as out:
        stream = out.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 25)
        for number, time in enumerate(TIMES):
            frame = av.VideoFrame.from_ndarray(np.full((72, 64), 16 + 3 * number, np.uint8), format="yuv420p")
            frame.pts, frame.time_base = time, Fraction(1, 25)
            frame.duration = ([*TIMES, 276])[number + 1] - time
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def look(path):
    with av.open(path) as film:
        stream = film.streams.video[0]
        times = [float(frame.time) for frame in film.decode(stream)]
        return len(times), times[-1], film.duration / 1e6, stream.average_rate


seen = {}
for label, path, codec, options in (
    ("H.264, B-frames, .mp4", "a.mp4", "libx264", {"threads": "1"}),
    ("H.264, no B-frames, .mp4", "b.mp4", "libx264", {"threads": "1", "bf": "0"}),
    ("HEVC, B-frames, .mp4", "c.mp4", "libx265", {"x265-params": "log-level=none:pools=1:frame-threads=1"}),
    ("MPEG-4 part 2, .mp4", "d.mp4", "mpeg4", {}),
    ("H.264, B-frames, .mkv", "e.mkv", "libx264", {"threads": "1"}),
):
    write(path, codec, options)
    count, last, length, rate = seen[path] = look(path)
    print(f"{label:25} {count} frames, the last at {last:.2f} s, length {length:.2f} s, average rate {rate}")

stated = {path: round(length, 2) for path, (_, _, length, _) in seen.items()}
if any((count, last) != (26, 11.0) for count, last, _, _ in seen.values()):
    raise SystemExit("CHANGED: not every file gives back 26 frames with the last at 11.0 s")
if stated != {"a.mp4": 1.04, "b.mp4": 11.04, "c.mp4": 1.04, "d.mp4": 11.04, "e.mkv": 11.04} or seen["a.mp4"][3] != 25:
    raise SystemExit(f"CHANGED: the lengths are no longer 1.04 with B-frames in .mp4 and 11.04 elsewhere: {stated}")
PY
"$dir/venv/bin/python" look.py
