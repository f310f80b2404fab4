"""A problem seen as if its model lived outside: it can only be run, with concrete numbers, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float

from landpda.core.errors import NeedsError
from landpda.core.types import Needs
from landpda.problem.control_space import ControlSpace
from landpda.problem.problem import AbstractProblem, Linearisation, Misfit, Predictions


class Untraced(AbstractProblem):
    """The wrapped problem, offering runs and nothing else.

    Methods meet here what they will meet with an executable: no gradients, no compiled scan, members that fail.

    Args:
        problem: the problem that answers.
        spoil: (N, n) → (N,) bool, members whose run is said to have failed; None for none.
    """

    problem: AbstractProblem
    spoil: Callable[[np.ndarray], np.ndarray] | None = None

    @property
    def space(self) -> ControlSpace:
        """Of the wrapped problem."""
        return self.problem.space

    @property
    def offers(self) -> Needs:
        """Runs only."""
        return Needs.FORWARD

    @property
    def traceable(self) -> bool:
        """Never."""
        return False

    @property
    def bounds(self) -> tuple[Float[Array, "n"], Float[Array, "n"]]:
        """Of the wrapped problem."""
        return self.problem.bounds

    @property
    def gradient_runs(self) -> int:
        """None: no derivative is offered."""
        return 0

    @property
    def y(self) -> Float[Array, "m"]:
        """Of the wrapped problem."""
        return self.problem.y

    @property
    def slices(self) -> dict[str, slice]:
        """Of the wrapped problem."""
        return self.problem.slices

    def initial_ensemble(self, key: Array, num: int) -> Float[Array, "N n"]:
        """Of the wrapped problem."""
        return self.problem.initial_ensemble(key, num)

    def forward_ensemble(self, Z: Float[Array, "N n"]) -> Predictions:
        """G of each row."""
        _refuse_tracing(Z)
        values, ok = self.problem.forward_ensemble(Z)
        ok = ok & ~self._spoilt(Z)
        return Predictions(jnp.where(ok[:, None], values, 0.0), ok)

    def misfit_ensemble(self, values: Float[Array, "N m"], Z: Float[Array, "N n"]) -> Misfit:
        """Of the wrapped problem: no model is run for it."""
        return self.problem.misfit_ensemble(values, Z)

    def log_density_ensemble(self, Z: Float[Array, "N n"]) -> Float[Array, "N"]:
        """Log posterior of each row."""
        _refuse_tracing(Z)
        return jnp.where(self._spoilt(Z), -jnp.inf, self.problem.log_density_ensemble(Z))

    def value_and_grad_ensemble(self, Z: Float[Array, "N n"]) -> tuple[Float[Array, "N"], Float[Array, "N n"]]:
        """Not offered."""
        raise NeedsError("A gradient was asked for.", "This problem can only be run.", "Wrap it with finite_differenced.")

    def linearise_ensemble(self, Z: Float[Array, "N n"]) -> Linearisation:
        """Not offered."""
        raise NeedsError("A Jacobian was asked for.", "This problem can only be run.", "Wrap it with finite_differenced.")

    def curvature_product(self, z: Float[Array, "n"], V: Float[Array, "K n"]) -> Float[Array, "K n"]:
        """Not offered."""
        raise NeedsError("A curvature was asked for.", "This problem can only be run.", "Wrap it with finite_differenced.")

    def hessian(self, z: Float[Array, "n"]) -> Float[Array, "n n"]:
        """Not offered."""
        raise NeedsError("A Hessian was asked for.", "This problem can only be run.", "Wrap it with finite_differenced.")

    def _spoilt(self, Z: Float[Array, "N n"]) -> np.ndarray:
        return np.zeros(len(Z), dtype=bool) if self.spoil is None else np.asarray(self.spoil(np.asarray(Z)))


def _refuse_tracing(Z: object) -> None:
    if isinstance(Z, Tracer):
        raise TypeError("an untraced problem was asked inside a compiled function; the driver must not compile its steps")
