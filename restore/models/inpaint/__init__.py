"""What fills holes: the generator and discriminator of the conditional GAN, and the classical fills under them.

discriminator  The conditional PatchGAN discriminator of the inpainting GAN.
blending       Tones of pieces made to agree, in the gradient domain.
generator      The generator of the conditional GAN that fills holes.
harmonic       The harmonic fill: where the sparse fill, and so the inpainting network, starts from.
matching       The search for places once a first fill is there: all against all, or from neighbour to neighbour.
patches        Patches of a picture: which ones a hole may be filled from, and what they are compared by.
peeling        The first fill of a wide hole, from the rim inwards.
pieces         A wide hole put together from pieces of the picture itself.
sparse         The sparse fill: the best fill without learning, and the prefill the network starts from.
start          The start fill of a wide hole: what the generator of the role `wide` mends.
texture        Borrowed texture: the grain of the known picture, mirrored into the hole.
"""
