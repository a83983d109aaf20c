"""The learned codec's room: container, range coder and integer tables, exact integer layers, the network, whole files.

It is imported as `restore.codecs`, never as `codecs`, which is the standard library's.

    bytes ── container ── header, file ── coder + tables ── exact layers ── network ── Codec ── pictures
             no torch     no torch        no torch

`restore.codecs.bitstream.file` takes a file apart without the network, `restore.codecs.pictures` makes one of a `Picture` and a
`Picture` of one, and `restore.codecs.pillow` teaches Pillow the format.
"""
