"""Inequalities between parameters: a margin that is ≥ 0 where they hold."""

from __future__ import annotations

import abc

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from landpda.core.types import Theta


class Constraint(eqx.Module):
    """An inequality that the parameters of one member must obey. A subclass is final."""

    @property
    @abc.abstractmethod
    def names(self) -> tuple[str, ...]:
        """Parameters that it compares."""

    @abc.abstractmethod
    def margin(self, theta: Theta) -> Float[Array, "..."]:
        """How far the inequality holds, entry by entry: ≥ 0 where it does, negative where it does not."""


class LessThan(Constraint):
    """`left` + `gap` ≤ `right`, entry by entry.

    Args:
        left: name of the smaller parameter.
        right: name of the larger parameter.
        gap: [as the parameters] smallest allowed distance.
    """

    left: str = eqx.field(static=True)
    right: str = eqx.field(static=True)
    gap: float = 0.0

    @property
    def names(self) -> tuple[str, ...]:
        """Parameters that it compares."""
        return self.left, self.right

    def margin(self, theta: Theta) -> Float[Array, "..."]:
        """Distance right − left − gap."""
        return theta[self.right] - theta[self.left] - self.gap


class SumLessThan(Constraint):
    """The sum of several parameters is at most `limit`; for fractions that share one whole.

    Args:
        members: names of the parameters.
        limit: [as the parameters] the largest allowed sum.
    """

    members: tuple[str, ...] = eqx.field(static=True, converter=tuple)
    limit: float = 1.0

    @property
    def names(self) -> tuple[str, ...]:
        """Parameters that it compares."""
        return self.members

    def margin(self, theta: Theta) -> Float[Array, "..."]:
        """Distance limit − Σ members."""
        first, *others = (jnp.asarray(theta[name]) for name in self.members)
        return self.limit - sum(others, start=first)
