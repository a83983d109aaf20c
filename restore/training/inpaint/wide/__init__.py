"""Training of the generator that mends the start fills of wide holes, the weights of the role `wide`.

cases       Photographs with wide holes: samples to learn from, and cases to validate on.
data        Batches of parts of the kept fills, by a pure function of (seed, step).
fills       Start fills of wide holes, made once and kept in a file.
recipe      The recipe of the role `wide`: one adversarial stage on kept start fills.
validation  Validation on held-out wide holes: perceptual distance and sharpness, of start fill and output.
"""
