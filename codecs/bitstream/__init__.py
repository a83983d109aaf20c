"""What stands in a `.ric` file, byte by byte: no network, and no torch.

alpha            Transparency, without loss: a grey PNG stream per tile.
container        The `.ric` container: bytes in, checked chunks out. It knows no picture, no network and no torch.
file             A whole `.ric` file: bytes to header, tiles, transparency and metadata, and back.
header           What the chunks of a `.ric` file hold: the header, the tiles, and what stands beside the pixels.
metadata_chunks  What stands beside the pixels: profile, EXIF, XMP, resolution, IPTC and PNG's own notes, as
                 skippable chunks.
range_coder      The range coder: symbols and the numbers of their tables in, bytes out, and back.
tables           Integer probability tables: what the range coder codes symbols with. No torch, and at decoding time
                 no float.
"""
