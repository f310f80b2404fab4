"""The priors of all control elements side by side, evaluated family by family."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from landpda.parameters.priors.prior import Prior


class Marginals(eqx.Module):
    """A vector of independent priors with the face of one.

    Priors of one family are stacked and mapped over together, so that what is compiled grows with the number of families and
    not with the number of parameters.

    Args:
        families: one prior for each family, its fields stacked.
        members: positions of each family's elements.
    """

    families: tuple[Prior, ...]
    members: tuple[tuple[int, ...], ...] = eqx.field(static=True)

    @classmethod
    def of(cls, priors: Sequence[Prior]) -> Self:
        """The marginals of these priors, in this order."""
        groups: dict[object, list[int]] = {}
        for i, prior in enumerate(priors):
            shapes = tuple(jnp.shape(leaf) for leaf in jax.tree.leaves(prior))
            groups.setdefault((jax.tree.structure(prior), shapes), []).append(i)
        stacked = tuple(
            jax.tree.map(lambda *leaves: jnp.stack(leaves), *(priors[i] for i in group)) for group in groups.values()
        )
        return cls(stacked, tuple(tuple(group) for group in groups.values()))

    def from_normal(self, s: ArrayLike) -> Float[Array, "n"]:
        """Values of the normal scores `s`."""
        return self._each(lambda prior, value: prior.from_normal(value), s)

    def to_normal(self, x: ArrayLike) -> Float[Array, "n"]:
        """Normal scores of the values `x`."""
        return self._each(lambda prior, value: prior.to_normal(value), x)

    def natural(self, x: ArrayLike) -> Float[Array, "n"]:
        """Natural coordinates of the values `x`."""
        return self._each(lambda prior, value: prior.natural(value), x)

    def from_natural(self, u: ArrayLike) -> Float[Array, "n"]:
        """Values at the natural coordinates `u`."""
        return self._each(lambda prior, value: prior.from_natural(value), u)

    def natural_log_density(self, u: ArrayLike) -> Float[Array, "n"]:
        """Log densities of the natural coordinates `u`."""
        return self._each(lambda prior, value: prior.natural_log_density(value), u)

    def log_density(self, x: ArrayLike) -> Float[Array, "n"]:
        """Log densities of the values `x`."""
        return self._each(lambda prior, value: prior.log_density(value), x)

    @property
    def support(self) -> tuple[Float[Array, "n"], Float[Array, "n"]]:
        """Ends of each prior's support."""
        low, high = zip(*(jax.vmap(lambda prior: prior.support)(family) for family in self.families), strict=True)
        return self._in_order(low), self._in_order(high)

    @property
    def natural_bounds(self) -> tuple[Float[Array, "n"], Float[Array, "n"]]:
        """Ends of each prior's support in its natural coordinate."""
        low, high = self.support
        return self.natural(low), self.natural(high)

    def _each(self, function: Callable[[Prior, Array], Array], values: ArrayLike) -> Float[Array, "n"]:
        values = jnp.asarray(values, float)
        parts = [
            jax.vmap(function)(family, values[np.asarray(members)])
            for family, members in zip(self.families, self.members, strict=True)
        ]
        return self._in_order(parts)

    def _in_order(self, parts: Sequence[Array]) -> Float[Array, "n"]:
        if len(parts) == 1:
            return parts[0]
        return jnp.concatenate(parts)[np.argsort(np.concatenate(self.members))]
