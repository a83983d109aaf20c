"""Training of the inpainting GAN.

adversary   The adversary: the discriminator with its optimiser, its own step and what the generator hears from it.
config      The settings of the inpainting GAN's recipes.
damage      Synthetic holes: what hands, time and software do to photographs.
data        Photographs with holes for training, cropped by a pure function of (seed, step).
gan         What both recipes share: generator, adversary, optimisers, best weights, checkpoints.
losses      Loss terms of the inpainting GAN, each measured inside the hole and per sample.
prefills    The prefill of each training sample, made when the sample first comes up and kept on the device.
recipe      The recipe of the inpainting GAN: regression first, then against the discriminator.
validation  Validation of the inpainting recipe while it trains: quick, on held-out pictures, always the same holes.

wide        Training of the generator that mends the start fills of wide holes, a folder.
"""
