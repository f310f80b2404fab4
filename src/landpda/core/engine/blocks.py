"""Ensembles as blocks of members: one block fills the vector units and stays in the cache, and the cores share the blocks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax.sharding import Mesh, PartitionSpec
from jaxtyping import Array, Float, PyTree

BLOCK = 128
"""Members per block: their state and parameters just fit the first cache. Blocks of 512 take half as long again."""

LANES = 8
"""Members that fill one AVX-512 register in float64: smaller ensembles are padded to a multiple of it."""


def in_blocks(
    function: Callable[..., PyTree],
    Z: Float[Array, "N n"],  # noqa: N803
    *args: Any,
    block_size: int = BLOCK,
) -> PyTree:
    """`function(Z, *args)` for N members, a block at a time.

    Args:
        function: (B, n) rows and `args` → pytree of arrays whose leading axis is B; members must not mix.
        Z: members as rows. The last block is filled up with copies of the last row, whose answers are dropped.
        args: arrays that every block needs whole.
        block_size: most members per block.

    Returns:
        The pytree of `function`, with leading axis N.

    >>> in_blocks(lambda Z: Z.sum(axis=1), jnp.ones((300, 2))).shape
    (300,)
    """
    num = Z.shape[0]
    if num <= block_size:
        small = max(num + (-num) % LANES, 1) if num > 1 else 1
        return _cut(function(_padded(Z, small), *args), num)
    devices = min(len(jax.devices()), -(-num // block_size))
    num_blocks = -(-num // (block_size * devices)) * devices
    blocks = _padded(Z, num_blocks * block_size).reshape(num_blocks, block_size, *Z.shape[1:])
    mapped = partial(_map_blocks, function)
    if devices > 1:
        mesh = Mesh(jax.devices()[:devices], ("cores",))
        shared, whole = PartitionSpec("cores"), PartitionSpec()
        mapped = jax.shard_map(mapped, mesh=mesh, in_specs=(shared, *(whole for _ in args)), out_specs=shared, check_vma=False)
    out = mapped(blocks, *args)
    return _cut(jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[2:]), out), num)


def _map_blocks(function: Callable[..., PyTree], blocks: Float[Array, "K B n"], *args: Any) -> PyTree:
    return jax.lax.map(lambda block: function(block, *args), blocks)


def _padded(Z: Float[Array, "N n"], num: int) -> Float[Array, "M n"]:  # noqa: N803
    extra = num - Z.shape[0]
    return jnp.concatenate([Z, jnp.repeat(Z[-1:], extra, axis=0)]) if extra > 0 else Z


def _cut(tree: PyTree, num: int) -> PyTree:
    return jax.tree.map(lambda leaf: leaf[:num], tree)
