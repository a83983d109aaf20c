"""The learned image codec: `.ric` files, the networks, and pictures to files and back.

It is imported as `restore.codecs`, never as `codecs`, which is the standard library's module. The way through it when
a file is decoded:

    bytes    ── bitstream.file.read_file ──────► RicFile: header, code of each tile, metadata   no torch
    RicFile  ── loading.weights_for, load_codec ► TileCodec: the model that wrote the file
    code     ── latents.LatentCoder ───────────► latents, through range coder and integer networks
    latents  ── tiles.TileCodec.synthesise ────► pixels
    pixels   ── decoding.decode_picture ───────► Picture

Encoding goes the other way: `encoding.encode_picture` analyses each tile, codes its latents and writes the file.

    decoding   A `.ric` file to a `Picture`: whole, a region of it, an eighth of its size, or what can be salvaged.
    encoding   A `Picture` to a `.ric` file, and the check that the file decodes.
    latents    Latents of one tile to bytes and back: what is coded, in which order, with which tables.
    loading    Which weights a file needs, and loading them.
    model      What a weight file holds, the hash by which files name it, and copies with a part switched off.
    pillow     A Pillow plugin for `.ric` files.
    tiles      Analysis and synthesis of a picture's tiles with one model on one device.

    bitstream/ What stands in a `.ric` file, byte by byte. No network and no torch.
    network/   The variational autoencoder, and the integer networks that choose its probability tables.
"""
