"""The learned codec's room: container, range coder and integer tables, exact integer layers; the network comes next.

It is imported as `restore.codecs`, never as `codecs`, which is the standard library's.

    bytes ── container ── header, tiles ── coder + tables ── exact layers ── network
             no torch      no torch        no torch

No command uses it yet: what is here is complete in itself and tested, and the network and its weights follow.
"""
