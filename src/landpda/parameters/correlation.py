"""Prior correlation between parameters: a Gaussian copula on their normal scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from landpda.core.errors import StudyError, nearest

SMALLEST_EIGENVALUE = 1e-10  # below it the normal scores lose more than five of sixteen digits on the way back


class Correlation(eqx.Module):
    """Correlation of the normal scores of some control elements; all others are independent.

    For normal priors this is the ordinary correlation, so that any covariance matrix B can be had exactly. For other priors it
    is the correlation after each is mapped to a normal (a Gaussian copula, [nelsen2006] §2.3).

    Args:
        names: control names, e.g. `("vcmax25[pft=2]", "g1")`.
        matrix: correlation matrix over them.
    """

    names: tuple[str, ...] = eqx.field(static=True, converter=tuple)
    matrix: Float[Array, "k k"] = eqx.field(converter=lambda matrix: jnp.asarray(matrix, float))

    def __check_init__(self) -> None:
        found = _flaw(self.names, np.asarray(self.matrix))
        if found:
            raise StudyError(
                f"A prior correlation between {', '.join(self.names)} was asked for.",
                found,
                "Give a symmetric, positive definite matrix with ones on its diagonal, in the order of the names.",
            )

    @classmethod
    def from_pairs(cls, pairs: Mapping[tuple[str, str], float]) -> Self:
        """Correlation of named pairs; all other pairs are uncorrelated."""
        names = tuple(dict.fromkeys(name for pair in pairs for name in pair))
        matrix = np.eye(len(names))
        for (one, other), value in pairs.items():
            i, j = names.index(one), names.index(other)
            if i == j:
                raise StudyError(
                    "A prior correlation was asked for.",
                    f"{one} is paired with itself.",
                    "Name two different parameters.",
                )
            matrix[i, j] = matrix[j, i] = value
        return cls(names, matrix)


class Copula(eqx.Module):
    """The map from independent controls v to correlated normal scores s = L v, and back.

    Args:
        indices: positions of the correlated elements in the control vector.
        root: lower Cholesky factor L of their correlation.
        inverse_root: L⁻¹. It is kept, not solved for, because a LAPACK call inside a compiled loop can stall on CPU.
    """

    indices: tuple[int, ...] = eqx.field(static=True)
    root: Float[Array, "k k"]
    inverse_root: Float[Array, "k k"]

    @classmethod
    def over(cls, correlation: Correlation | None, names: tuple[str, ...]) -> Self:
        """The copula of a correlation within the control vector whose elements have these names.

        Raises:
            StudyError: the correlation names something that is not in the control vector.
        """
        if correlation is None:
            return cls((), jnp.zeros((0, 0)), jnp.zeros((0, 0)))
        for name in correlation.names:
            if name not in names:
                raise StudyError(
                    f"A prior correlation with {name!r} was asked for.",
                    "It is not a control element: these are estimated, and named entry by entry.",
                    nearest(name, names),
                )
        root = np.linalg.cholesky(np.asarray(correlation.matrix))
        inverse_root = np.linalg.solve(root, np.eye(len(root)))
        indices = tuple(names.index(name) for name in correlation.names)
        return cls(indices, jnp.asarray(root), jnp.asarray(np.tril(inverse_root)))

    def correlate(self, v: ArrayLike) -> Float[Array, "n"]:
        """Normal scores s of the independent controls v."""
        return self._apply(self.root, v)

    def decorrelate(self, s: ArrayLike) -> Float[Array, "n"]:
        """Independent controls v of the normal scores s."""
        return self._apply(self.inverse_root, s)

    def log_density(self, s: ArrayLike) -> Float[Array, ""]:
        """Log density of the copula, the joint density of the scores over the product of their own."""
        if not self.indices:
            return jnp.zeros(())
        own = jnp.asarray(s, float)[np.asarray(self.indices)]
        independent = self.inverse_root @ own
        return 0.5 * (own @ own - independent @ independent) + jnp.sum(jnp.log(jnp.diagonal(self.inverse_root)))

    def _apply(self, matrix: Array, vector: ArrayLike) -> Array:
        vector = jnp.asarray(vector, float)
        if not self.indices:
            return vector
        where = np.asarray(self.indices)
        return vector.at[where].set(matrix @ vector[where])


def _flaw(names: tuple[str, ...], matrix: np.ndarray) -> str:
    """What is wrong with a correlation matrix; empty if nothing is."""
    if len(set(names)) != len(names):
        return "A name is given twice."
    if matrix.shape != (len(names), len(names)):
        return f"The matrix has shape {matrix.shape} for {len(names)} names."
    if not np.allclose(matrix, matrix.T, rtol=0, atol=1e-12):
        return "The matrix is not symmetric, or holds something that is not a number."
    if not np.allclose(np.diagonal(matrix), 1.0, rtol=0, atol=1e-12):
        return "The diagonal is not all ones."
    smallest = float(np.linalg.eigvalsh(matrix)[0])
    if smallest < SMALLEST_EIGENVALUE:
        return f"The matrix is not positive definite: its smallest eigenvalue is {smallest:.3g}."
    return ""
