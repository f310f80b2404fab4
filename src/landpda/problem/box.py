"""The classical bounded optimum: a problem in the priors' natural coordinates, scaled to a box."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from landpda.core.types import Needs, Theta
from landpda.parameters.space import ParameterSpace
from landpda.problem.problem import AbstractProblem, Linearisation, Misfit, Predictions

EDGE = 1e-7
"""[1] share of the width that keeps the search off the ends, where the normal score is infinite (here it is 5.2)."""


class BoxSpace(eqx.Module):
    """A parameter space seen in its natural coordinates v, scaled: u = (v − origin)/width.

    Args:
        inner: the parameter space.
        origin: (n,) v at u = 0: the lower bound; where there is no interval, the prior median.
        width: (n,) of the interval; where there is none, one prior standard deviation.
    """

    inner: ParameterSpace
    origin: Float[Array, "n"]
    width: Float[Array, "n"]

    @property
    def n(self) -> int:
        """Length of the control vector."""
        return self.inner.n

    @property
    def names(self) -> tuple[str, ...]:
        """Name of each element."""
        return self.inner.names

    @property
    def units(self) -> tuple[str, ...]:
        """Units of each element's value."""
        return self.inner.units

    @property
    def theta_names(self) -> tuple[str, ...]:
        """Name of every value in `theta`."""
        return self.inner.theta_names

    @property
    def bounds(self) -> tuple[Float[Array, "n"], Float[Array, "n"]]:
        """Bounds of u, a hair inside the supports; infinite where the prior has no end."""
        low, high = ((end - self.origin) / self.width for end in self.inner.natural_bounds)
        return low + EDGE, high - EDGE

    def natural(self, u: Float[Array, "n"]) -> Float[Array, "n"]:
        """Natural coordinates v."""
        return self.origin + self.width * u

    def to_control(self, u: Float[Array, "n"]) -> Float[Array, "n"]:
        """The inner space's control vector z of u."""
        return self.inner.from_natural(self.natural(u))

    def from_control(self, z: Float[Array, "n"]) -> Float[Array, "n"]:
        """U of the inner space's control vector z, held within the bounds."""
        return jnp.clip((self.inner.to_natural(z) - self.origin) / self.width, *self.bounds)

    def values(self, u: ArrayLike) -> Float[Array, "n"]:
        """Value of each element in its own units."""
        return self.inner.values_from_natural(self.natural(jnp.asarray(u, float)))

    def to_physical(self, u: ArrayLike) -> Theta:
        """Parameters of one vector (n,)."""
        return self.inner.theta_from_values(self.values(u))

    def to_physical_block(self, U: ArrayLike) -> Theta:
        """Parameters of the rows of (N, n), the member axis last."""
        return jax.vmap(self.to_physical, out_axes=-1)(jnp.asarray(U, float))

    def log_prior(self, u: ArrayLike) -> Float[Array, ""]:
        """Log prior density of the natural coordinates: flat for a uniform prior."""
        return self.inner.natural_log_prior(self.natural(jnp.asarray(u, float)))

    def sample(self, key: Array, num_members: int) -> Float[Array, "N n"]:
        """Draws from the inner prior."""
        return jax.vmap(self.from_control)(self.inner.sample(key, num_members))

    def fold(self, U: ArrayLike, around: Theta | None = None) -> Float[Array, "N n"]:
        """Circular parameters brought into one period, through the inner space."""
        Z = jax.vmap(self.to_control)(jnp.asarray(U, float))
        return jax.vmap(self.from_control)(self.inner.fold(Z, around))


class Box(AbstractProblem):
    """The wrapped problem, asked in box coordinates u: J(u) = ½‖R^-½ (G − y)‖² + log|R^½| − log p(v).

    The control space pulls the estimate of a parameter with a uniform prior to the middle of its interval, as the mode of a
    density depends on the coordinate. Here the prior density is that of the natural coordinate (flat for uniform and
    log-uniform priors), as in the classical bounded calibration with L-BFGS-B. Use it for an optimum to compare with such a
    study; use the problem itself for uncertainty. A result is in u: `space.to_physical` reads it, and `space.to_control`
    brings it back to z.

    Args:
        problem: the problem that answers, in z.
        space: the box coordinates of its parameter space.
    """

    problem: AbstractProblem
    coordinates: BoxSpace

    @property
    def space(self) -> BoxSpace:
        """The box coordinates."""
        return self.coordinates

    @property
    def offers(self) -> Needs:
        """Of the wrapped problem."""
        return self.problem.offers

    @property
    def traceable(self) -> bool:
        """As the wrapped problem."""
        return self.problem.traceable

    @property
    def bounds(self) -> tuple[Float[Array, "n"], Float[Array, "n"]]:
        """Of the box."""
        return self.coordinates.bounds

    @property
    def gradient_runs(self) -> int:
        """Of the wrapped problem."""
        return self.problem.gradient_runs

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
        return jax.vmap(self.coordinates.from_control)(self.problem.initial_ensemble(key, num))

    def forward_ensemble(self, Z: Float[Array, "N n"]) -> Predictions:
        """G of each row."""
        return self.problem.forward_ensemble(self._inner(Z))

    def misfit_ensemble(self, values: Float[Array, "N m"], Z: Float[Array, "N n"]) -> Misfit:
        """Misfit of each row, with the prior of the box."""
        misfit = self.problem.misfit_ensemble(values, self._inner(Z))
        return misfit._replace(log_prior=jax.vmap(self.coordinates.log_prior)(Z))

    def log_density_ensemble(self, Z: Float[Array, "N n"]) -> Float[Array, "N"]:
        """Log density of each row in the box."""
        inner = self._inner(Z)
        return -_moved_costs(self, -self.problem.log_density_ensemble(inner), inner, Z)

    def value_and_grad_ensemble(self, Z: Float[Array, "N n"]) -> tuple[Float[Array, "N"], Float[Array, "N n"]]:
        """J and its gradient, by the chain rule."""
        inner = self._inner(Z)
        cost, gradient = self.problem.value_and_grad_ensemble(inner)
        cost = _moved_costs(self, cost, inner, Z)
        ok = jnp.isfinite(cost)
        gradient = _pulled_gradients(self, gradient, inner, Z)
        return cost, jnp.where(ok[:, None], gradient, 0.0)

    def linearise_ensemble(self, Z: Float[Array, "N n"]) -> Linearisation:
        """Cost, gradient and curvature, by the chain rule; without the map's second derivative, as Gauss–Newton has it."""
        inner = self._inner(Z)
        linear = self.problem.linearise_ensemble(inner)
        cost = _moved_costs(self, linear.cost, inner, Z)
        ok = linear.ok & jnp.isfinite(cost)
        gradient = _pulled_gradients(self, linear.gradient, inner, Z)
        curvature = _pulled_curvatures(self, linear.curvature, Z)
        return Linearisation(cost, jnp.where(ok[:, None], gradient, 0.0), curvature, ok, linear.known)

    def curvature_product(self, z: Float[Array, "n"], V: Float[Array, "K n"]) -> Float[Array, "K n"]:
        """Rows of V times the curvature, by the chain rule."""
        moved = _stretched(self, z, V)
        return _pulled_products(self, z, V, self.problem.curvature_product(self.coordinates.to_control(z), moved) - moved)

    def hessian(self, z: Float[Array, "n"]) -> Float[Array, "n n"]:
        """Hessian of J, by the chain rule."""
        inner = self.coordinates.to_control(z)
        _, gradient = self.problem.value_and_grad(inner)
        pull = gradient + jax.grad(self.problem.space.log_prior)(inner)
        return _pulled_hessian(self, self.problem.hessian(inner), pull, z)

    def _inner(self, U: Float[Array, "N n"]) -> Float[Array, "N n"]:
        return _to_control(self.coordinates, jnp.asarray(U))

    def _gradient(self, gradient: Float[Array, "n"], inner: Float[Array, "n"], u: Float[Array, "n"]) -> Float[Array, "n"]:
        data = gradient + jax.grad(self.problem.space.log_prior)(inner)
        _, pull = jax.vjp(self.coordinates.to_control, u)
        return pull(data)[0] - jax.grad(self.coordinates.log_prior)(u)

    def _curvature(self, curvature: Float[Array, "n n"], u: Float[Array, "n"]) -> Float[Array, "n n"]:
        stretch = jax.jacfwd(self.coordinates.to_control)(u)
        data = stretch.T @ (curvature - jnp.eye(self.n)) @ stretch
        return data - jax.hessian(self.coordinates.log_prior)(u)


# Compiled piece by piece: the wrapped problem may be one that cannot be.


@eqx.filter_jit
def _to_control(space: BoxSpace, U: Float[Array, "N n"]) -> Float[Array, "N n"]:
    return jax.vmap(space.to_control)(U)


@eqx.filter_jit
def _moved_costs(box: Box, cost: Float[Array, "N"], inner: Float[Array, "N n"], U: Float[Array, "N n"]) -> Float[Array, "N"]:
    """The wrapped cost with the prior of z taken out and that of the box put in."""
    moved = cost + jax.vmap(box.problem.space.log_prior)(inner) - jax.vmap(box.coordinates.log_prior)(U)
    return jnp.where(jnp.isfinite(cost) & jnp.isfinite(moved), moved, jnp.inf)


@eqx.filter_jit
def _pulled_gradients(
    box: Box, gradient: Float[Array, "N n"], inner: Float[Array, "N n"], U: Float[Array, "N n"]
) -> Float[Array, "N n"]:
    return jax.vmap(box._gradient)(gradient, inner, U)


@eqx.filter_jit
def _pulled_curvatures(box: Box, curvature: Float[Array, "N n n"], U: Float[Array, "N n"]) -> Float[Array, "N n n"]:
    return jax.vmap(box._curvature)(curvature, U)


@eqx.filter_jit
def _stretched(box: Box, u: Float[Array, "n"], V: Float[Array, "K n"]) -> Float[Array, "K n"]:
    return jax.vmap(lambda v: jax.jvp(box.coordinates.to_control, (u,), (v,))[1])(V)


@eqx.filter_jit
def _pulled_products(box: Box, u: Float[Array, "n"], V: Float[Array, "K n"], data: Float[Array, "K n"]) -> Float[Array, "K n"]:
    _, pull = jax.vjp(box.coordinates.to_control, u)
    prior = jax.vmap(lambda v: jax.jvp(jax.grad(box.coordinates.log_prior), (u,), (v,))[1])(V)
    return jax.vmap(lambda row: pull(row)[0])(data) - prior


@eqx.filter_jit
def _pulled_hessian(
    box: Box, hessian: Float[Array, "n n"], pull: Float[Array, "n"], u: Float[Array, "n"]
) -> Float[Array, "n n"]:
    return box._curvature(hessian, u) + jax.hessian(lambda u: pull @ box.coordinates.to_control(u))(u)


def box(problem: AbstractProblem) -> Box:
    """`problem` in box coordinates; see `Box`.

    Raises:
        TypeError: the problem is a box already.
    """
    space = problem.space
    if not isinstance(space, ParameterSpace):
        raise TypeError("a box of a box was asked for; wrap the problem once")
    low, high = space.natural_bounds
    median = space.marginals.natural(space.marginals.from_normal(jnp.zeros(space.n)))
    spread = space.marginals.natural(space.marginals.from_normal(jnp.ones(space.n))) - median
    closed = jnp.isfinite(low) & jnp.isfinite(high)
    origin = jnp.where(closed, low, median)
    width = jnp.where(closed, high - low, spread)
    # pyright takes the abstract variable `space` for a field.
    return Box(problem=problem, coordinates=BoxSpace(space, origin, width))  # pyright: ignore[reportCallIssue]
