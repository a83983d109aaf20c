"""Muon: steepest descent for the matrices of a network (Jordan et al., 2024, github.com/KellerJordan/Muon).

Adam scales each weight by itself. A 1x1 layer is a matrix, though, and what matters is by how much a step turns its
singular vectors: so the averaged gradient is replaced by the nearest orthogonal matrix, found by five Newton-Schulz
iterations, and all directions learn equally fast. On the inpainting generator 200 steps of it gained three times as
much as 200 of AdamW (`pretrained/RUNS.md`). `torch.optim.Muon` refuses the four-dimensional weights of
1x1 convolutions.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
"""Coefficients of the quintic whose iteration brings singular values near 1 fastest: to about 0.7 to 1.2."""
ITERATIONS = 5
SMALLEST = 16
"""A layer with fewer inputs or outputs is left to AdamW."""


class Muon(torch.optim.Optimizer):
    """Orthogonalised momentum for weights that `is_matrix` accepts.

    Args:
        weights: convolution weights `(out, in, h, w)`, read as matrices `(out, in * h * w)`.
        lr: spectral norm of a step for a layer that does not widen.
        momentum: decay of the averaged gradient, Nesterov style.
    """

    def __init__(self, weights: Iterable[nn.Parameter], lr: float, momentum: float = 0.95) -> None:
        super().__init__(list(weights), {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Take one step along the gradients.

        Raises:
            ValueError: a closure was given; gradients must be there already.
        """
        if closure is not None:
            raise ValueError("Muon takes no closure")
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                state = self.state[weight]
                average = state.setdefault("average", torch.zeros_like(weight))
                average.lerp_(weight.grad, 1 - group["momentum"])
                ahead = weight.grad.lerp(average, group["momentum"]).flatten(1)
                widening = max(1.0, ahead.shape[0] / ahead.shape[1]) ** 0.5
                weight.add_(orthogonalised(ahead).reshape(weight.shape), alpha=-group["lr"] * widening)


def is_matrix(weight: Tensor) -> bool:
    """Whether Muon should train a weight: a convolution, not depthwise, with enough inputs and outputs."""
    return weight.ndim == 4 and min(weight.shape[0], weight.shape[1]) >= SMALLEST


def orthogonalised(matrix: Tensor) -> Tensor:
    """About the nearest matrix with equal singular values, `(rows, columns)`; zero stays zero."""
    a, b, c = NEWTON_SCHULZ
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / torch.linalg.matrix_norm(x).clamp(min=1e-12)
    for _ in range(ITERATIONS):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    found: Tensor = x.T if tall else x
    return found
