"""The learned codec's room: container, range coder and integer tables, exact integer layers, the network, whole files.

It is imported as `restore.codecs`, never as `codecs`, which is the standard library's.

    bytes ── container ── header, file ── coder + tables ── exact layers ── network ── Codec ── pictures
             no torch     no torch        no torch

`restore.codecs.bitstream.file` takes a file apart without the network,
`restore.codecs.decoding` makes one of a `Picture` and a `Picture` of one, and
`restore.codecs.pillow` teaches Pillow the format.

    ablation   The same weights with a part of the network switched off: what does each part earn?
    codec      `Codec`: whole pictures between pixels and coded tiles, in bounded memory.
    loading    Weights by name or path to a `Codec` that is ready to work.
    pictures   A `Picture` to a `.ric` file and back, with one model: everything that was in the picture's file goes
               with it.
    pillow     A Pillow plugin for `.ric` files.
    preview    A small picture in a hurry: an eighth of the size, from the linear part of the synthesis alone.
    released   Which released model wrote a file: those with a number below 32768 ship for ever, so that files open for
               ever.
    tile       One tile between latents and bytes: what is coded, in which order, with which tables.
    weights    A codec's weight file: the network's float16 tensors, its tables as integers, and the hash that files
               name it by.

    bitstream/ What stands in a `.ric` file, byte by byte: no network, and no torch.
    network/   The variational autoencoder and the integer networks that choose its probability tables.
"""
