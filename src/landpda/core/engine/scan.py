"""A scan over time whose reverse mode is fast and flat in memory, and whose forward run is the plain scan."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
from jaxtyping import PyTree

Carry = TypeVar("Carry")

IN_CACHE = 4_000_000
"""[bytes] Where the states of all steps take less, none is computed again. Measured with DALEC2 over ten years: a lone member's
gradient takes 0.65 ms so and 0.90 ms in blocks; at 32 members both take the same."""


def checkpointed_scan(step: Callable[[Carry, PyTree], tuple[Carry, PyTree]], carry: Carry, xs: PyTree) -> tuple[Carry, PyTree]:
    """`jax.lax.scan(step, carry, xs)`, differentiated with a checkpoint around each step and around blocks of about √T steps.

    Reverse mode then keeps √T states and, within the block at hand, √T more; what a step computes on its way is computed
    again. Measured for blocks of members that is 5 to 6 times faster than to keep everything, because memory is what
    reverse mode waits for. Where the states of all steps stay in the cache, as for a lone member, there are no blocks.
    Without derivatives it is the plain scan, at the plain scan's cost.

    Args:
        step: (carry, x) → (carry, y), elementwise in the member axis. It may close over traced arrays.
        carry: state at the start.
        xs: pytree of arrays with leading axis T.

    Source: [griewank2000].

    >>> total, partial = checkpointed_scan(lambda c, x: (c + x, c), jnp.array(0.0), jnp.arange(7.0))
    >>> float(total), partial.shape
    (21.0, (7,))
    """
    first = jax.tree.map(lambda x: x[0], xs)
    # A function with a rule of its own may not close over what is differentiated: closed-over arrays become arguments.
    pure, hoisted = jax.closure_convert(step, carry, first)

    @jax.custom_jvp
    def scan(carry: Carry, xs: PyTree, hoisted: list[Any]) -> tuple[Carry, PyTree]:
        return jax.lax.scan(lambda c, x: pure(c, x, *hoisted), carry, xs)

    @scan.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        blocks = lambda carry, xs, hoisted: _scan_in_blocks(lambda c, x: pure(c, x, *hoisted), carry, xs)  # noqa: E731
        return jax.jvp(blocks, primals, tangents)

    return scan(carry, xs, hoisted)


def _scan_in_blocks(step: Callable[[Carry, PyTree], tuple[Carry, PyTree]], carry: Carry, xs: PyTree) -> tuple[Carry, PyTree]:
    num_steps = jax.tree.leaves(xs)[0].shape[0]
    inner = jax.checkpoint(step, prevent_cse=False)
    if num_steps * sum(jnp.asarray(leaf).nbytes for leaf in jax.tree.leaves(carry)) <= IN_CACHE:
        return jax.lax.scan(inner, carry, xs)
    size = _block_size(num_steps)
    whole = num_steps - num_steps % size

    @jax.checkpoint
    def block(carry: Carry, xs: PyTree) -> tuple[Carry, PyTree]:
        return jax.lax.scan(inner, carry, xs)

    body = jax.tree.map(lambda x: x[:whole].reshape(whole // size, size, *x.shape[1:]), xs)
    carry, ys = jax.lax.scan(block, carry, body)
    ys = jax.tree.map(lambda y: y.reshape(whole, *y.shape[2:]), ys)
    if whole == num_steps:
        return carry, ys
    carry, tail = block(carry, jax.tree.map(lambda x: x[whole:], xs))
    return carry, jax.tree.map(lambda y, z: jnp.concatenate([y, z]), ys, tail)


def _block_size(num_steps: int) -> int:
    """The divisor of T nearest to √T if one lies within a factor of two of it, else √T with a shorter last block."""
    root = max(math.isqrt(num_steps), 1)
    near = [size for size in range(max(root // 2, 1), 2 * root + 1) if num_steps % size == 0]
    return min(near, key=lambda size: abs(math.log(size / root)), default=root)
