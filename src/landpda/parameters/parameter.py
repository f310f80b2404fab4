"""A parameter: its name, units, prior and provenance; or a parameter that is held at one value."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from landpda.core.errors import StudyError
from landpda.parameters.priors.check import traced
from landpda.parameters.priors.prior import Prior


class Parameter(eqx.Module):
    """A parameter to estimate.

    Args:
        name: as the model's `theta` calls it.
        units: as pint reads them; "1" if it has none.
        prior: of one entry, shared by all; or a tuple with one prior for each entry, the last of `dims` running fastest.
        dims: its own axes, e.g. `("pft",)`; empty for a scalar.
        shape: lengths of those axes.
        default: [units] a value to run with; the prior median if none is given.
        source: where prior and default come from.
        meaning: a phrase for a reader.
        period: [units] values this far apart are the same model; 0 if it is not circular.
    """

    name: str = eqx.field(static=True)
    units: str = eqx.field(static=True)
    prior: Prior | tuple[Prior, ...]
    dims: tuple[str, ...] = eqx.field(static=True)
    shape: tuple[int, ...] = eqx.field(static=True)
    default: Float[Array, "..."]
    source: str = eqx.field(static=True)
    meaning: str = eqx.field(static=True)
    period: float = eqx.field(static=True)

    def __init__(  # noqa: PLR0913 - the columns of a parameter table
        self,
        name: str,
        units: str,
        prior: Prior | tuple[Prior, ...],
        *,
        dims: tuple[str, ...] = (),
        shape: tuple[int, ...] = (),
        default: ArrayLike | None = None,
        source: str = "",
        meaning: str = "",
        period: float = 0.0,
    ) -> None:
        self.name, self.units, self.prior = name, units, prior
        self.dims, self.shape = tuple(dims), tuple(shape)
        self.source, self.meaning, self.period = source, meaning, float(period)
        _check_shape(self)
        if default is None:
            medians = jnp.stack([_median(prior) for prior in self.entry_priors])
            self.default = medians.reshape(self.shape)
        else:
            self.default = _default_of_shape(self, jnp.asarray(default, float))
            _check_default(self)

    @property
    def size(self) -> int:
        """Number of entries."""
        return int(np.prod(self.shape, dtype=int))

    @property
    def entry_priors(self) -> tuple[Prior, ...]:
        """The prior of each entry."""
        return self.prior if isinstance(self.prior, tuple) else (self.prior,) * self.size

    @property
    def entry_names(self) -> tuple[str, ...]:
        """The name of each entry: `vcmax25[pft=2]`, or `vcmax25` for a scalar."""
        if not self.dims:
            return (self.name,)
        return tuple(
            f"{self.name}[{','.join(f'{dim}={i}' for dim, i in zip(self.dims, index, strict=True))}]"
            for index in np.ndindex(self.shape)
        )


class FixedParameter(eqx.Module):
    """A parameter that is held at one value: in `theta`, not in the control vector.

    Args:
        name: as the model's `theta` calls it.
        units: as pint reads them; "1" if it has none.
        value: [units] a scalar, or an array over its own axes.
        source: where the value comes from.
        meaning: a phrase for a reader.
    """

    name: str = eqx.field(static=True)
    units: str = eqx.field(static=True)
    value: Float[Array, "..."] = eqx.field(converter=lambda value: jnp.asarray(value, float))
    source: str = eqx.field(static=True, default="")
    meaning: str = eqx.field(static=True, default="")

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of its own axes."""
        return tuple(self.value.shape)


class Scaling(eqx.Module):
    """One unknown factor that multiplies several parameters, or all entries of one: far fewer numbers to estimate.

    Args:
        name: of the factor; it is in `theta` too.
        prior: of the factor, e.g. LogNormal(1, 0.2).
        members: names of the parameters that it multiplies, estimated or fixed.
        meaning: a phrase for a reader.
    """

    name: str = eqx.field(static=True)
    prior: Prior
    members: tuple[str, ...] = eqx.field(static=True, converter=tuple)
    meaning: str = eqx.field(static=True, default="")

    @property
    def as_parameter(self) -> Parameter:
        """The factor as a parameter of its own."""
        return Parameter(self.name, "1", self.prior, meaning=self.meaning)


def _check_shape(parameter: Parameter) -> None:
    asked = f"Parameter {parameter.name!r} was described with dims {parameter.dims} and shape {parameter.shape}."
    if len(parameter.dims) != len(parameter.shape) or parameter.size < 1:
        raise StudyError(asked, "They do not go together.", "Give one length ≥ 1 for each of dims.")
    if isinstance(parameter.prior, tuple) and len(parameter.prior) != parameter.size:
        found = f"There are {len(parameter.prior)} priors for {parameter.size} entries."
        raise StudyError(asked, found, "Give one prior for each entry, or one that all share.")


@eqx.filter_jit
def _median(prior: Prior) -> Array:
    return prior.from_normal(0.0)


def _default_of_shape(parameter: Parameter, default: Array) -> Array:
    if default.shape not in ((), parameter.shape):
        raise StudyError(
            f"Parameter {parameter.name!r} has a default of shape {default.shape}.",
            f"The parameter has shape {parameter.shape}.",
            "Give one number, or one for each entry.",
        )
    return jnp.broadcast_to(default, parameter.shape)


def _check_default(parameter: Parameter) -> None:
    for name, value, prior in zip(parameter.entry_names, parameter.default.ravel(), parameter.entry_priors, strict=True):
        low, high = prior.support
        if _outside(value, low, high):
            raise StudyError(
                f"Parameter {name!r} has the default {float(value):.6g} {parameter.units}.",
                f"Its prior {prior.name} allows {float(low):.6g} to {float(high):.6g}.",
                "Widen the prior, or change the default.",
            )


def _outside(value: Any, low: Any, high: Any) -> bool:
    """Whether the value is known to be outside; values inside a traced function are not known."""
    return not traced(value, low, high) and not bool((value >= low) & (value <= high))
