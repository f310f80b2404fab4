"""What a problem needs to know of its parameters."""

from __future__ import annotations

from typing import Protocol

from jax.typing import ArrayLike
from jaxtyping import Array, Float

from landpda.core.types import Theta


class ControlSpace(Protocol):
    """From the control vector of a problem to physical values: `ParameterSpace`, or the unit box of a bounded search."""

    @property
    def n(self) -> int:
        """Length of the control vector."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Name of each element."""
        ...

    @property
    def units(self) -> tuple[str, ...]:
        """Units of each element's value."""
        ...

    @property
    def theta_names(self) -> tuple[str, ...]:
        """Name of every value in `theta`."""
        ...

    def to_physical(self, z: ArrayLike, /) -> Theta:
        """Parameters of one control vector (n,)."""
        ...

    def to_physical_block(self, Z: ArrayLike, /) -> Theta:
        """Parameters of the rows of (N, n), the member axis last."""
        ...

    def values(self, z: ArrayLike, /) -> Float[Array, "n"]:
        """Value of each element in its own units."""
        ...

    def log_prior(self, z: ArrayLike, /) -> Float[Array, ""]:
        """Log prior density that the cost takes, up to a constant."""
        ...

    def sample(self, key: Array, num_members: int, /) -> Float[Array, "N n"]:
        """Draws from the prior, as rows."""
        ...

    def fold(self, Z: ArrayLike, around: Theta | None = None, /) -> Float[Array, "N n"]:
        """Equivalent control vectors with circular parameters in one period."""
        ...
