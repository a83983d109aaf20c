"""Films: pictures with exact times in and out of files, sound and subtitles copied beside them untouched.

    file ── read.opening ── Frame, Frame, … ── (whoever makes the frames) ── write.segments ── write.joining ── file
              │                                                                    │                 │
          VideoInfo ───────────────────── colour, rotation, depth ─────────────────┘     sound, subtitles, chapters

Times are `Fraction` seconds everywhere, never floats: at 23.976 frames per second a rounded rate drifts from the sound
by 3.6 s an hour. No module here imports torch.

info      `VideoInfo`, what a video is apart from its pictures; `Frame`, one of them; `Colour`, its tags; rotation.
colour    Between a stream's luma and chroma planes and RGB, both ways with the same numbers.
planes    Between FFmpeg's frames and arrays: which pixel formats are read as they are, and which are unpacked first.
rates     Frame rates as exact fractions, and the times of output frames.
scenes    `is_cut` and `is_still`: whether two consecutive frames belong to one shot, or are the same picture twice.

read/     Reading moving pictures; `opening.open_video` takes any file or folder.
write/    Writing moving pictures; `opening.open_writer` takes any target, `segments` and `joining` survive a kill.
"""
