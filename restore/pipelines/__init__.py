"""From a request to a result: what to compute, in which pieces, and how the pieces become one picture again.

conversions  The kinds of image a Python caller may hand in: opened to arrays, and rebuilt as the same kind.
loading      `restore.load`: one way to load any of the models.

codec/       Pictures in, bytes out, and back.
inpaint/     Pictures with holes in, filled pictures out.
repair/      Damaged pictures in, repaired ones out: damage is found, then filled by `inpaint/`.
interpolate/ Frames between two frames, and whole films at new times.
"""
