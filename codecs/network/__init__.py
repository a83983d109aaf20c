"""The variational autoencoder and the integer networks that choose its probability tables.

annealing   Latents chosen by what their symbols cost and bring: stochastic Gumbel annealing (Yang et al., NeurIPS
            2020).
components  Principal components of blocks of photographs: the linear transform the codec is born with.
entropy     The entropy networks: what the decoder expects of each latent before it reads it.
exact       Layers of the entropy networks in two forms: float for training, fixed point for coding.
quality     What quality changes: rows of one value per channel at a few nodes of the quality scale, interpolated
            between them.
rate        Bits that symbols will cost: the training graph's estimate of what the range coder then writes.
refinement  The leading latents from coarse to fine: what neighbours tell of them, before the chess-board does.
vae         The variational autoencoder: pictures to latents and back.
"""
