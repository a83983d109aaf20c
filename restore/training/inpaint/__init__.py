"""Training of the inpainting GAN.

config      The settings of the inpainting GAN's recipe.
damage      Synthetic holes: what hands, time and software do to photographs.
data        Photographs with holes for training, cropped by a pure function of (seed, step).
losses      Loss terms of the inpainting GAN, each measured inside the hole and per sample.
prefills    The prefill of each training sample, made when the sample first comes up and kept on the device.
recipe      The recipe of the inpainting GAN: regression first, then against the discriminator.
validation  Validation of the inpainting recipe while it trains: quick, on held-out pictures, always the same holes.
"""
