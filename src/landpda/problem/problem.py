"""The question: which parameters make the model agree with the streams, and how sure can one be."""

# No `from __future__ import annotations` here: equinox must see AbstractVar itself, not its name.
import abc
from typing import TYPE_CHECKING, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from landpda.core.errors import NeedsError
from landpda.core.types import Needs
from landpda.problem.control_space import ControlSpace

if TYPE_CHECKING:
    from landpda.problem.sequential import Sequential


class Predictions(NamedTuple):
    """Predicted observations of an ensemble.

    Args:
        values: (N, m) predictions; a row that is not ok holds zeros.
        ok: (N,) whether the run gave finite numbers of a sensible size.
    """

    values: Float[Array, "N m"]
    ok: Bool[Array, "N"]


class Misfit(NamedTuple):
    """What predictions say of the data: the parts of the cost J = ½‖whitened‖² + log_scale − log_prior.

    Args:
        whitened: (N, m) R^-½ (G − y).
        log_sd: (N, m) log of the error's standard deviation.
        log_scale: (N,) log|R^½|.
        log_prior: (N,) log prior density of the control vector.
    """

    whitened: Float[Array, "N m"]
    log_sd: Float[Array, "N m"]
    log_scale: Float[Array, "N"]
    log_prior: Float[Array, "N"]

    @property
    def cost(self) -> Float[Array, "N"]:
        """(N,) J."""
        return 0.5 * jnp.sum(jnp.square(self.whitened), axis=1) + self.log_scale - self.log_prior


class Linearisation(NamedTuple):
    """The cost of each member to second order, without second derivatives of the model.

    Args:
        cost: (N,) −log_density.
        gradient: (N, n) its gradient.
        curvature: (N, n, n) Gauss–Newton Hessian plus the Fisher information on the error's own parameters; where the prior is
            N(0, I), at least the identity.
        ok: (N,) whether the run and its derivatives are finite.
        known: (N, n) whether the derivative along each element could be had; an element that is not known has gradient
            zero, and is to be held where it is.
    """

    cost: Float[Array, "N"]
    gradient: Float[Array, "N n"]
    curvature: Float[Array, "N n n"]
    ok: Bool[Array, "N"]
    known: Bool[Array, "N n"]


class AbstractProblem(eqx.Module):
    """What every method may ask. Ensembles are rows, (N, n). Everything is in the control space, where the prior is N(0, I).

    A problem that is `traceable` may be asked inside `jax.jit`; another may only be asked with concrete arrays, and answers
    whole ensembles at once, for it may run them side by side.
    """

    space: eqx.AbstractVar[ControlSpace]
    """Which parameters, and how they follow from the control vector."""

    @property
    @abc.abstractmethod
    def offers(self) -> Needs:
        """What may be asked: FORWARD always, GRADIENT and LEAST_SQUARES where the lines below say so."""

    @property
    @abc.abstractmethod
    def traceable(self) -> bool:
        """Whether it may be asked inside a compiled function."""

    @property
    @abc.abstractmethod
    def bounds(self) -> tuple[Float[Array, "n"], Float[Array, "n"]]:
        """Lower and upper bounds of the control vector; infinite where there are none."""

    @property
    @abc.abstractmethod
    def gradient_runs(self) -> int:
        """Model runs that the gradient or the linearisation of one row takes: 1 for a derivative that goes with the run."""

    @property
    @abc.abstractmethod
    def y(self) -> Float[Array, "m"]:
        """(m,) all data, stream after stream."""

    @property
    @abc.abstractmethod
    def slices(self) -> dict[str, slice]:
        """Where each stream's data lie in y; none where there is no stream."""

    @abc.abstractmethod
    def initial_ensemble(self, key: Array, num: int) -> Float[Array, "N n"]:
        """(num, n) dispersed starting points: draws from the prior."""

    @abc.abstractmethod
    def forward_ensemble(self, Z: Float[Array, "N n"]) -> Predictions:
        """G of each row. Needs FORWARD."""

    @abc.abstractmethod
    def misfit_ensemble(self, values: Float[Array, "N m"], Z: Float[Array, "N n"]) -> Misfit:
        """What the predictions `values`, made with the rows of Z, say of the data. No model is run; compiled code may ask."""

    @abc.abstractmethod
    def log_density_ensemble(self, Z: Float[Array, "N n"]) -> Float[Array, "N"]:
        """Log posterior of each row, unnormalised; −∞ where the run failed. Needs FORWARD."""

    @abc.abstractmethod
    def value_and_grad_ensemble(self, Z: Float[Array, "N n"]) -> tuple[Float[Array, "N"], Float[Array, "N n"]]:
        """Cost J = −log_density of each row, and its gradient; +∞ and zeros where the run failed. Needs GRADIENT."""

    @abc.abstractmethod
    def linearise_ensemble(self, Z: Float[Array, "N n"]) -> Linearisation:
        """Cost, gradient and Gauss–Newton curvature of each row. Needs LEAST_SQUARES."""

    @abc.abstractmethod
    def curvature_product(self, z: Float[Array, "n"], V: Float[Array, "K n"]) -> Float[Array, "K n"]:
        """Rows of V times the Gauss–Newton curvature at z: a tangent and an adjoint each. Needs LEAST_SQUARES."""

    @abc.abstractmethod
    def hessian(self, z: Float[Array, "n"]) -> Float[Array, "n n"]:
        """Hessian of J at z. Needs GRADIENT."""

    @property
    def sequential(self) -> "Sequential":
        """The problem in the order of time. Needs STEPPING.

        Raises:
            NeedsError: this kind of problem has no such face.
        """
        raise NeedsError(
            "The problem was to be told in the order of time.",
            "Its model cannot be stopped on its way, or what wraps it looks at whole runs.",
            STEPPING_ADVICE,
        )

    @property
    def n(self) -> int:
        """Number of elements of the control vector."""
        return self.space.n

    @property
    def names(self) -> tuple[str, ...]:
        """(n,) name of each element."""
        return tuple(self.space.names)

    def forward(self, z: Float[Array, "n"]) -> Float[Array, "m"]:
        """G(z): predicted observations."""
        return self.forward_ensemble(z[None]).values[0]

    def log_density(self, z: Float[Array, "n"]) -> Float[Array, ""]:
        """Log posterior, unnormalised."""
        return self.log_density_ensemble(z[None])[0]

    def cost(self, z: Float[Array, "n"]) -> Float[Array, ""]:
        """J(z) = −log posterior."""
        return -self.log_density(z)

    def value_and_grad(self, z: Float[Array, "n"]) -> tuple[Float[Array, ""], Float[Array, "n"]]:
        """J and its gradient."""
        cost, gradient = self.value_and_grad_ensemble(z[None])
        return cost[0], gradient[0]


HESSIAN_STEP = 1e-4
"""[prior sd] of differences of exact gradients: truncation h² and rounding ε/h are both about 1e-8 there."""


def hessian_by_differences(problem: AbstractProblem, z: Float[Array, "n"]) -> Float[Array, "n n"]:
    """Hessian of J by central differences of an exact gradient, symmetrised: 2n gradients in one batch."""
    offsets = HESSIAN_STEP * jnp.eye(problem.n)
    low, high = problem.bounds
    centre = jnp.clip(z, low + HESSIAN_STEP, high - HESSIAN_STEP)
    _, gradients = problem.value_and_grad_ensemble(jnp.concatenate([centre + offsets, centre - offsets]))
    columns = (gradients[: problem.n] - gradients[problem.n :]) / (2.0 * HESSIAN_STEP)
    return 0.5 * (columns + columns.T)


STEPPING_ADVICE = "Choose a method that runs the model whole, or a model that goes step by step."


def require(problem: AbstractProblem, needs: Needs, asked_by: str) -> None:
    """Refuse politely what a problem does not offer.

    Raises:
        NeedsError: the problem lacks something that `needs` names.
    """
    missing = needs & ~problem.offers
    if missing:
        lacks = ", ".join(sorted(flag.name or "" for flag in missing)).lower().replace("_", " ")
        advice = "Wrap it with finite_differenced, or choose a method that only runs the model."
        raise NeedsError(
            f"{asked_by} needs {lacks} from the model.",
            "The problem does not offer it.",
            STEPPING_ADVICE if Needs.STEPPING in missing else advice,
        )


def middle(problem: AbstractProblem) -> Float[Array, "n"]:
    """The prior median; in a box, its middle along the elements that have two ends."""
    low, high = problem.bounds
    closed = jnp.isfinite(low) & jnp.isfinite(high)
    return jnp.where(closed, 0.5 * (jnp.where(closed, low, 0.0) + jnp.where(closed, high, 0.0)), jnp.clip(0.0, low, high))


SENSIBLE = 1e20
"""A prediction beyond this is a failed run, not a number: no flux, pool or index comes near it in any units."""


def sensible(values: Float[Array, "N m"]) -> Bool[Array, "N"]:
    """(N,) whether every prediction of a row is finite and of a size that means something."""
    return jnp.all(jnp.isfinite(values) & (jnp.abs(values) < SENSIBLE), axis=1)


@jax.jit
def lowest_first(cost: Float[Array, "N"]) -> Array:
    """Order of members from the lowest cost; failed ones (not finite) come last."""
    return jnp.argsort(jnp.where(jnp.isfinite(cost), cost, jnp.inf))
