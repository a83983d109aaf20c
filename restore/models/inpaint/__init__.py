"""What fills holes: the generator and discriminator of the conditional GAN, and the classical fills under them.

discriminator  The conditional PatchGAN discriminator of the inpainting GAN.
exemplar       The exemplar fill: a wide hole put together from pieces of the picture itself.
generator      The generator of the conditional GAN that fills holes.
harmonic       The harmonic fill: where the sparse fill, and so the inpainting network, starts from.
sparse         The sparse fill: the best fill without learning, and the prefill the network starts from.
start          The start fill of a wide hole: what the generator of the role `wide` mends.
texture        Borrowed texture: the grain of the known picture, mirrored into the hole.
"""
