"""Reading moving pictures: `opening.open_video` chooses the reader, each reader is a `VideoReader`.

opening    `open_video`: which reader a file or folder gets, from its first bytes.
reader     `VideoReader`: what every reader offers, `info` and `frames`.
film       `FilmReader`: files that FFmpeg decodes, with the source's own times.
animation  `AnimationReader`: animated GIF, WebP and PNG, decoded by Pillow.
folder     `FolderReader`: a folder of numbered pictures, at a rate given by the caller.
probing    `probe`: what a file that FFmpeg decodes holds.
container  Opening a file with FFmpeg so that every failure is one line, and reading its packets as far as they go.
"""
