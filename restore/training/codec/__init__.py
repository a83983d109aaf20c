"""Training of the image codec.

config      The settings of the codec's recipe.
data        Crops of photographs for the codec: a pure function of (seed, step).
growth      Weights of a codec's network taken up by a deeper one, which at first does what the shallower one did.
recipe      The recipe of the codec: rate and distortion weighed against each other, at a quality drawn anew for
            every sample.
validation  Validation of the codec while it trains: estimated rate against quality on held-out crops, WebP beside
            it.
"""
