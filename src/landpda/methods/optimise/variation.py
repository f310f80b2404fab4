"""How children are made of parents where genes are real numbers."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

CROSSED = 0.9
"""[1] share of the pairs that cross at all [deb2002] section IV."""


def tournament(key: PRNGKeyArray, better: Bool[Array, "N N"], num: int) -> Int[Array, "K"]:
    """Numbers of `num` parents, each the better of two that were picked at random.

    Args:
        key: of the picks.
        better: whether member i (row) is better than member j (column).
        num: K.
    """
    pairs = jr.randint(key, (2, num), 0, better.shape[0])
    return jnp.where(better[pairs[1], pairs[0]], pairs[1], pairs[0])


def simulated_binary_crossover(
    key: PRNGKeyArray, one: Float[Array, "K n"], other: Float[Array, "K n"], eta: float
) -> tuple[Float[Array, "K n"], Float[Array, "K n"]]:
    """Two children a pair, as far from their parents' middle as one-point crossover of bits would put them.

        c = ½ ((a + b) ∓ β (b − a)),  β = (2u)^(1/(η+1)) where u ≤ ½, else (2(1 − u))^(−1/(η+1))

    Each element is crossed with probability a half, and then changes hands with probability a half.

    Source: [deb1995].
    """
    spread_key, element_key, pair_key, swap_key = jr.split(key, 4)
    u = jr.uniform(spread_key, one.shape)
    power = 1.0 / (eta + 1.0)
    beta = jnp.where(u <= 0.5, (2.0 * u) ** power, (2.0 * (1.0 - u)) ** -power)
    crossed = jr.bernoulli(element_key, 0.5, one.shape) & jr.bernoulli(pair_key, CROSSED, (len(one), 1))
    middle, half = 0.5 * (one + other), 0.5 * (other - one)
    swap = jnp.where(jr.bernoulli(swap_key, 0.5, one.shape), -beta, beta)
    # what is not crossed stays to the last digit: a copy that differs by rounding could not be told from a new member
    return jnp.where(crossed, middle - swap * half, one), jnp.where(crossed, middle + swap * half, other)


def polynomial_mutation(
    key: PRNGKeyArray, Z: Float[Array, "K n"], widths: Float[Array, "n"], eta: float, share: float
) -> Float[Array, "K n"]:
    """Rows in which a share of the elements has moved, by at most its width and mostly by about width/η.

        z + δ w,  δ = (2u)^(1/(η+1)) − 1 where u < ½, else 1 − (2(1 − u))^(1/(η+1))

    Source: [deb1996].
    """
    size_key, which_key = jr.split(key)
    u = jr.uniform(size_key, Z.shape)
    power = 1.0 / (eta + 1.0)
    delta = jnp.where(u < 0.5, (2.0 * u) ** power - 1.0, 1.0 - (2.0 * (1.0 - u)) ** power)
    return Z + jnp.where(jr.bernoulli(which_key, share, Z.shape), delta * widths, 0.0)


def copies(Z: Float[Array, "N n"]) -> Bool[Array, "N"]:
    """Whether each row stands further up already: a child that neither crossed nor mutated only crowds others out.

    >>> copies(jnp.array([[1.0, 2.0], [3.0, 4.0], [1.0, 2.0]]))
    Array([False, False,  True], dtype=bool)
    """
    same = jnp.all(Z[:, None, :] == Z[None, :, :], axis=-1)
    return jnp.any(jnp.tril(same, k=-1), axis=1)


def children(
    key: PRNGKeyArray,
    Z: Float[Array, "N n"],
    parents: Int[Array, "K"],
    widths: Float[Array, "n"],
    eta: tuple[float, float],
) -> Float[Array, "K n"]:
    """One child a parent: parents pair up in order, cross, and one element of each child is mutated on average.

    Args:
        key: of crossover and mutation.
        Z: the population.
        parents: numbers of the parents, an even number of them.
        widths: width of each element.
        eta: of crossover and of mutation: the larger, the nearer a child stays.
    """
    cross_key, mutate_key = jr.split(key)
    half = len(parents) // 2
    born = simulated_binary_crossover(cross_key, Z[parents[:half]], Z[parents[half:]], eta[0])
    return polynomial_mutation(mutate_key, jnp.concatenate(born), widths, eta[1], 1.0 / Z.shape[1])
