"""The video room: pictures with exact times in and out of files, and sound and subtitles carried past them untouched.

    file ── reading ── Frame, Frame, … ── (whoever makes the frames) ── SegmentedWriter ── joining ── file
              │                                                              │                │
         VideoInfo ─────────────── colour, rotation, depth ──────────────────┘    sound, subtitles, chapters

Times are `Fraction` seconds everywhere, never floats: at 23.976 frames per second a rounded rate drifts from the sound
by 3.6 s an hour. The room knows nothing of networks and imports no torch.

    rates             rates and output times
    info              what a video is: `VideoInfo`, `Colour`, `Frame`
    reading           `open_video`: files that FFmpeg decodes, animated pictures, folders of numbered pictures
    scenes            `is_cut`, `is_still`: what two consecutive frames are to each other
    writing           `open_writer`: a file that FFmpeg encodes, an animated picture, a folder of numbered pictures
    segments          `SegmentedWriter`: work that survives a kill
    joining           `join_segments`: the segments as one file, with the source's sound and subtitles
"""
