"""A scan over time whose reverse mode is fast and flat in memory."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

import jax
import jax.numpy as jnp
from jaxtyping import PyTree

Carry = TypeVar("Carry")


def checkpointed_scan(step: Callable[[Carry, PyTree], tuple[Carry, PyTree]], carry: Carry, xs: PyTree) -> tuple[Carry, PyTree]:
    """`jax.lax.scan(step, carry, xs)` in blocks of about √T steps, with a checkpoint around each block and each step.

    Reverse mode then keeps √T states and, within the block at hand, √T more; what a step computes on its way is computed
    again. Measured for blocks of members that is 5 to 6 times faster than to keep everything, because memory is what
    reverse mode waits for. The forward run computes the same numbers in the same order as the plain scan, at its cost.

    Args:
        step: (carry, x) → (carry, y), elementwise in the member axis.
        carry: state at the start.
        xs: pytree of arrays with leading axis T.

    Source: [griewank2000].

    >>> total, partial = checkpointed_scan(lambda c, x: (c + x, c), 0.0, jnp.arange(7.0))
    >>> float(total), partial.shape
    (21.0, (7,))
    """
    num_steps = jax.tree.leaves(xs)[0].shape[0]
    size = _block_size(num_steps)
    num_blocks = num_steps // size
    inner = jax.checkpoint(step, prevent_cse=False)

    @jax.checkpoint
    def block(carry: Carry, xs: PyTree) -> tuple[Carry, PyTree]:
        return jax.lax.scan(inner, carry, xs)

    body = jax.tree.map(lambda x: x[: num_blocks * size].reshape(num_blocks, size, *x.shape[1:]), xs)
    carry, ys = jax.lax.scan(block, carry, body)
    ys = jax.tree.map(lambda y: y.reshape(num_blocks * size, *y.shape[2:]), ys)
    if num_blocks * size == num_steps:
        return carry, ys
    carry, tail = block(carry, jax.tree.map(lambda x: x[num_blocks * size :], xs))
    return carry, jax.tree.map(lambda y, z: jnp.concatenate([y, z]), ys, tail)


def _block_size(num_steps: int) -> int:
    """The divisor of T nearest to √T if one lies within a factor of two of it, else √T with a shorter last block."""
    root = max(math.isqrt(num_steps), 1)
    near = [size for size in range(max(root // 2, 1), 2 * root + 1) if num_steps % size == 0]
    return min(near, key=lambda size: abs(math.log(size / root)), default=root)
