"""Networks: torch only, no files, no pictures, no command line.

bands        Work done band by band, where its result is needed: it stays in a CPU's cache.
filters      Gaussian blur, box mean, bands, central differences and a 3x3 median over batches, `(B, C, H, W)`.
layers       Layers that more than one network is built of.
perceptual   A perceptual distance on SqueezeNet features, for losses and for the bench.

inpaint/     What fills holes: the generator and discriminator of the conditional GAN, and the classical fills under
             them.
interpolate/ What makes frames: the recurrent network and the optical flow it refines.
repair/      What finds damage: a network that marks it, and the classical filters that it is built on.
"""
