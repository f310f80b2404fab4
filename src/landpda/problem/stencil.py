"""Where beside a point a model is run for a difference."""

from __future__ import annotations

import abc

import equinox as eqx
import numpy as np
from jaxtyping import Float

from landpda.problem.model_noise import central_step, forward_step


class Stencil(eqx.Module):
    """Where beside a point the model is run."""

    @property
    @abc.abstractmethod
    def sides(self) -> tuple[float, ...]:
        """Offsets in steps."""

    @abc.abstractmethod
    def best_step(self, noise: float, second: Float[np.ndarray, "n"], size: float) -> Float[np.ndarray, "n"]:
        """Step for each direction from the noise, the second derivatives and the size of the outputs."""


class ForwardStencil(Stencil):
    """One run a parameter: n + 1 runs a gradient, with an error of order √noise."""

    @property
    def sides(self) -> tuple[float, ...]:
        """Ahead."""
        return (1.0,)

    def best_step(self, noise: float, second: Float[np.ndarray, "n"], size: float) -> Float[np.ndarray, "n"]:
        """Of least expected error."""
        del size
        return forward_step(noise, second)


class CentralStencil(Stencil):
    """Two runs a parameter: 2n + 1 runs a gradient, with an error of order noise^⅔; where one of the two fails, one serves."""

    @property
    def sides(self) -> tuple[float, ...]:
        """Ahead and behind."""
        return (1.0, -1.0)

    def best_step(self, noise: float, second: Float[np.ndarray, "n"], size: float) -> Float[np.ndarray, "n"]:
        """Of least expected error."""
        return central_step(noise, second, size)
