"""Members in blocks give what they give alone, however many there are."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from landpda.core.engine.blocks import in_blocks


def members(num):
    return jnp.asarray(np.random.default_rng(0).standard_normal((num, 3)))


def of_block(Z, scale=1.0):
    return {"sum": scale * jnp.sum(Z, axis=1), "outer": Z[:, :, None] * Z[:, None, :]}


@pytest.mark.parametrize("num", [1, 2, 7, 8, 31, 128, 129, 300, 513])
def test_each_member_has_its_answer(num):
    Z = members(num)
    out = jax.jit(lambda Z: in_blocks(of_block, Z, 2.0))(Z)
    np.testing.assert_allclose(out["sum"], 2.0 * np.sum(Z, axis=1), rtol=1e-14)
    np.testing.assert_allclose(out["outer"], np.einsum("ni,nj->nij", Z, Z), rtol=1e-14)


def test_small_ensembles_are_not_filled_up_to_a_block():
    seen = []

    def watched(Z):
        seen.append(Z.shape[0])
        return Z[:, 0]

    for num in (1, 5, 20, 33):
        in_blocks(watched, members(num))
    assert seen == [1, 8, 24, 40]


def test_blocks_can_be_differentiated_and_traced_anew():
    Z = members(300)
    gradient = jax.jit(jax.grad(lambda Z: jnp.sum(in_blocks(lambda Z: jnp.sum(jnp.sin(Z), axis=1), Z))))(Z)
    np.testing.assert_allclose(gradient, np.cos(Z), rtol=1e-13)
    along = jax.jvp(lambda Z: in_blocks(lambda Z: jnp.sum(Z**2, axis=1), Z), (Z,), (jnp.ones_like(Z),))[1]
    np.testing.assert_allclose(along, 2.0 * np.sum(Z, axis=1), rtol=1e-13)


def test_arguments_reach_every_block_whole():
    weights = jnp.array([1.0, -1.0, 0.5])
    Z = members(400)
    np.testing.assert_allclose(in_blocks(lambda Z, w: Z @ w, Z, weights), Z @ weights, rtol=1e-13, atol=1e-14)
