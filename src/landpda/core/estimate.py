"""The kinds of answer that a method gives, all in the control space."""

from __future__ import annotations

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, Int, PRNGKeyArray


class Point(NamedTuple):
    """One best vector.

    Args:
        z: (n,) control vector of the lowest cost.
        cost: J at `z`.
    """

    z: Float[Array, "n"]
    cost: Float[Array, ""]

    def draw(self, key: PRNGKeyArray, num: int) -> Float[Array, "N n"]:
        """The point, `num` times: a point knows no spread."""
        del key
        return jnp.broadcast_to(self.z, (num, *self.z.shape))

    @property
    def best(self) -> Float[Array, "n"]:
        """(n,) the point."""
        return self.z


class Gaussian(NamedTuple):
    """A normal distribution.

    Args:
        mean: (n,) its mean.
        covariance: (n, n) its covariance, in the literature the inverse Hessian A of the cost.
    """

    mean: Float[Array, "n"]
    covariance: Float[Array, "n n"]

    def draw(self, key: PRNGKeyArray, num: int) -> Float[Array, "N n"]:
        """(num, n) independent draws."""
        root = jnp.linalg.cholesky(self.covariance)
        return self.mean + jr.normal(key, (num, self.mean.shape[0])) @ root.T

    @property
    def best(self) -> Float[Array, "n"]:
        """(n,) the mean, which is the mode."""
        return self.mean


class Samples(NamedTuple):
    """Draws of one or several chains, all of equal weight.

    Args:
        draws: (C, D, n) control vectors.
        log_density: (C, D) log posterior of each draw, unnormalised.
    """

    draws: Float[Array, "C D n"]
    log_density: Float[Array, "C D"]

    def draw(self, key: PRNGKeyArray, num: int) -> Float[Array, "N n"]:
        """(num, n) draws picked at random, without repeats where there are enough."""
        flat = self.draws.reshape(-1, self.draws.shape[-1])
        return flat[jr.choice(key, flat.shape[0], (num,), replace=num > flat.shape[0])]

    @property
    def best(self) -> Float[Array, "n"]:
        """(n,) the draw of highest density."""
        flat = self.draws.reshape(-1, self.draws.shape[-1])
        return flat[jnp.argmax(self.log_density.reshape(-1))]


class Region(NamedTuple):
    """What is not ruled out yet: members that are still plausible, and the share of the prior they stand for."""

    members: Float[Array, "N n"]
    share: Float[Array, ""]

    def draw(self, key: PRNGKeyArray, num: int) -> Float[Array, "N n"]:
        """(num, n) plausible members picked at random."""
        return self.members[jr.choice(key, self.members.shape[0], (num,), replace=num > self.members.shape[0])]

    @property
    def best(self) -> Float[Array, "n"]:
        """(n,) the first member; a region ranks none above another."""
        return self.members[0]


class Front(eqx.Module):
    """What can be had of several objectives at once: members of which none is better than another in all of them.

    Args:
        members: (N, n) control vectors.
        objectives: (N, k) each member's objectives, to be low.
        names: (k,) what each objective is.
    """

    members: Float[Array, "N n"]
    objectives: Float[Array, "N k"]
    names: tuple[str, ...] = eqx.field(static=True)

    def draw(self, key: PRNGKeyArray, num: int) -> Float[Array, "N n"]:
        """(num, n) members picked at random: compromises, and no sample of a posterior."""
        return self.members[jr.choice(key, self.members.shape[0], (num,), replace=num > self.members.shape[0])]

    @property
    def compromise(self) -> Int[Array, ""]:
        """Number of the member nearest to the ideal point, which has the lowest of each objective, in units of their ranges."""
        low, high = jnp.min(self.objectives, axis=0), jnp.max(self.objectives, axis=0)
        share = (self.objectives - low) / jnp.where(high > low, high - low, 1.0)
        return jnp.argmin(jnp.sum(jnp.square(share), axis=1))

    @property
    def best(self) -> Float[Array, "n"]:
        """(n,) the compromise."""
        return self.members[self.compromise]


Estimate = Point | Gaussian | Samples | Region | Front


def flat(estimate: Samples) -> Float[Array, "N n"]:
    """(C·D, n) all draws of all chains, chain by chain."""
    return estimate.draws.reshape(-1, estimate.draws.shape[-1])


def is_finite(tree: object) -> bool:
    """Whether every number in a pytree is finite."""
    return all(bool(jnp.all(jnp.isfinite(leaf))) for leaf in jax.tree.leaves(tree))
