"""Writing moving pictures: `opening.open_writer` chooses the writer; `segments` and `joining` survive a kill.

opening         `open_writer`: which writer a path gets; `plan_target`: what cannot be written, before any work.
writer          `VideoWriter`: what every writer offers.
film            `FilmWriter`: one video stream encoded by FFmpeg, in the source's depth, colours, rotation and aspect.
animation       `AnimationWriter`: animated GIF and WebP, each frame encoded by Pillow.
folder          `FolderWriter`: numbered PNG files in a folder that has its name only when all of them are there.
output          An output file that FFmpeg writes: opened, described to players, every failure one line.
encoding        `Encoding`: what a user may choose about a written video; `CODECS`: what there is to choose from.
plan            `plan_encoding`: from the choice and the source to pixel format, size, tags and encoder options.
segments        `SegmentedWriter`: the output in segments of a fixed number of frames, so that a killed run can go on.
joining         `join_segments`: the segments as one file, with the source's sound, subtitles and chapters.
copied_streams  `CopiedStreams`: sound, subtitles and attachments of the source, packet by packet.
sound           `SoundTranscoder`: sound that is encoded anew: stretched, or of a kind the container does not hold.
"""
