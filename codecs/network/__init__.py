"""The variational autoencoder, and the integer networks that choose its probability tables.

annealing   Latents of one picture that cost fewer bits: stochastic Gumbel annealing (Yang et al., NeurIPS 2020).
entropy     The entropy networks: they predict each latent before it is decoded, and so choose its probability table.
exact       Layers of the entropy networks in two forms: float for training, fixed point for coding.
quality     Parameters that depend on the quality: one value per channel at a few nodes, interpolated between them.
refinement  The leading channels from coarse to fine: their anchors are coded in four groups.
vae         The variational autoencoder: pictures to latents and back.
"""
