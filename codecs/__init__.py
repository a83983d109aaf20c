"""The learned codec's room: container, entropy coder and integer tables, exact integer layers, the network.

It is imported as `restore.codecs`, never as `codecs`, which is the standard library's. The room is reserved before
the codec moves in, so that every trap of this layout (wheel, editable install, plain checkout, pytest, type checker)
is tested from the start.
"""
