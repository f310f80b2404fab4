"""The one control space: every prior, correlation, group and constraint as a map from z ~ N(0, I)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from landpda.core.errors import StudyError, nearest
from landpda.core.types import Theta
from landpda.parameters import fold, moments, rejection
from landpda.parameters.constraints import Constraint
from landpda.parameters.correlation import Copula, Correlation
from landpda.parameters.marginals import Marginals
from landpda.parameters.parameter import FixedParameter, Parameter, Scaling

FARTHEST_START = 3.0
"""Normal score beyond which a map to a bounded value is so flat that a search would hardly move."""


class ParameterSpace(eqx.Module):
    """All that may change in a model, as a map from the control vector z ~ N(0, I) to parameters in physical units.

    Three vectors of length n have the same order, that of `names`: the control `z`; the `values` x [each in its own units],
    which are entries of the estimated parameters before any scaling factor, then the factors; and the natural coordinates `u`,
    in which a bounded optimiser works. `theta` is what the model is given: whole parameters, scaled, with the fixed ones.

    A space is a value. To change a prior, build another space. Its maps compile themselves, for outside a compiled function
    their many small operations would each be compiled alone.

    Args:
        parameters: what is estimated, and `FixedParameter`s.
        fixed: name → value of parameters to hold, whether or not they are among `parameters`.
        correlation: prior correlation between control elements.
        scalings: factors that multiply several parameters.
        constraints: inequalities; the prior is 0 where one is broken.
    """

    elements: tuple[Parameter, ...]
    fixed: tuple[FixedParameter, ...]
    scalings: tuple[Scaling, ...]
    constraints: tuple[Constraint, ...]
    copula: Copula
    marginals: Marginals

    def __init__(
        self,
        parameters: Sequence[Parameter | FixedParameter],
        *,
        fixed: Mapping[str, ArrayLike] | None = None,
        correlation: Correlation | None = None,
        scalings: Sequence[Scaling] = (),
        constraints: Sequence[Constraint] = (),
    ) -> None:
        fixed = dict(fixed or {})
        units = {parameter.name: parameter.units for parameter in parameters}
        held = [FixedParameter(name, units.get(name, "1"), value) for name, value in fixed.items()]
        rest = [parameter for parameter in parameters if parameter.name not in fixed]
        estimated = tuple(parameter for parameter in rest if isinstance(parameter, Parameter))
        self.elements = (*estimated, *(scaling.as_parameter for scaling in scalings))
        self.fixed = tuple(parameter for parameter in rest if isinstance(parameter, FixedParameter)) + tuple(held)
        self.scalings, self.constraints = tuple(scalings), tuple(constraints)
        _check_names(self)
        self.copula = Copula.over(correlation, self.names)
        self.marginals = Marginals.of([prior for element in self.elements for prior in element.entry_priors])

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The estimated parameters, without the scaling factors."""
        return self.elements[: len(self.elements) - len(self.scalings)]

    @property
    def names(self) -> tuple[str, ...]:
        """Control names, e.g. `vcmax25[pft=2]`."""
        return tuple(name for element in self.elements for name in element.entry_names)

    @property
    def units(self) -> tuple[str, ...]:
        """Units of each control element's value."""
        return tuple(element.units for element in self.elements for _ in range(element.size))

    @property
    def theta_names(self) -> tuple[str, ...]:
        """Name of every value in `theta`: estimated, factors, fixed."""
        return (*(element.name for element in self.elements), *(parameter.name for parameter in self.fixed))

    @property
    def n(self) -> int:
        """Length of the control vector."""
        return sum(element.size for element in self.elements)

    @eqx.filter_jit
    def to_physical(self, z: ArrayLike) -> Theta:
        """Parameters of one control vector `(n,)`."""
        return self.theta_from_values(self.values(z))

    @eqx.filter_jit
    def to_physical_block(self, Z: ArrayLike) -> Theta:
        """Parameters of the members in the rows of `Z` `(N, n)`, the member axis last in every value."""
        return jax.vmap(self.to_physical, out_axes=-1)(jnp.asarray(Z, float))

    def to_control(self, theta: Theta) -> Float[Array, "n"]:
        """Control vector of one member's parameters; NaN where a value is outside its prior's support."""
        return self.from_values(self.values_from_theta(theta))

    def to_control_block(self, theta: Theta) -> Float[Array, "N n"]:
        """Control vectors of a block of members, as rows."""
        estimated = {element.name: jnp.asarray(theta[element.name], float) for element in self.elements}
        return jax.vmap(self.to_control, in_axes=-1)(estimated)

    @eqx.filter_jit
    def values(self, z: ArrayLike) -> Float[Array, "n"]:
        """Values of the control elements, each in its own units."""
        return self.marginals.from_normal(self.copula.correlate(self._of_length_n(z)))

    @eqx.filter_jit
    def from_values(self, x: ArrayLike) -> Float[Array, "n"]:
        """Control vector of the values `x`."""
        return self.copula.decorrelate(self.marginals.to_normal(self._of_length_n(x)))

    def theta_from_values(self, x: ArrayLike) -> Theta:
        """Parameters with the values `x`: scaling factors multiplied in, fixed parameters added."""
        x = jnp.asarray(x, float)
        theta: Theta = {parameter.name: parameter.value for parameter in self.fixed}
        start = 0
        for element in self.elements:
            theta[element.name] = x[start : start + element.size].reshape(element.shape)
            start += element.size
        for scaling in self.scalings:
            for member in scaling.members:
                theta[member] = theta[member] * theta[scaling.name]
        return theta

    def values_from_theta(self, theta: Theta) -> Float[Array, "n"]:
        """Values of the control elements in `theta`: scaling factors divided out."""
        missing = [element.name for element in self.elements if element.name not in theta]
        if missing:
            asked = f"A control vector for parameters with {missing[0]!r} was asked for."
            raise StudyError(asked, "They do not hold it.", nearest(missing[0], theta))
        own = {element.name: jnp.asarray(theta[element.name], float) for element in self.elements}
        for scaling in self.scalings:
            for member in scaling.members:
                if member in own:
                    own[member] = own[member] / own[scaling.name]
        return jnp.concatenate([own[element.name].reshape(element.size) for element in self.elements])

    @eqx.filter_jit
    def log_prior(self, z: ArrayLike) -> Float[Array, ""]:
        """Log prior density of the control vector, −½‖z‖² up to a constant; −inf where a constraint is broken."""
        z = self._of_length_n(z)
        return self._within_constraints(-0.5 * jnp.sum(z * z), lambda: self.to_physical(z))

    def constraint_margins(self, theta: Theta) -> Float[Array, "k ..."]:
        """How far each constraint holds, ≥ 0 where it does: `(k,)` for one member, `(k, N)` for a block."""
        own_axes = {element.name: len(element.shape) for element in (*self.elements, *self.fixed)}
        compared = {name: jnp.asarray(theta[name]) for rule in self.constraints for name in rule.names}
        if any(value.ndim > own_axes[name] for name, value in compared.items()):
            return jax.vmap(self._margins, in_axes=-1, out_axes=-1)(compared)
        return self._margins(compared)

    def sample(self, key: Array, num_members: int) -> Float[Array, "N n"]:
        """Control vectors drawn from the prior, as rows; those that break a constraint are drawn again.

        Raises:
            StudyError: hardly any draw obeys the constraints.
        """
        if not self.constraints:
            return jax.random.normal(key, (num_members, self.n))
        return rejection.sample(self, key, num_members)

    @property
    def prior_mean(self) -> Float[Array, "n"]:
        """Prior mean of the values, each in its own units; constraints are not counted."""
        return moments.prior_mean(self)

    @property
    def prior_covariance(self) -> Float[Array, "n n"]:
        """Prior covariance B of the values; constraints are not counted."""
        return moments.prior_covariance(self)

    def fold(self, Z: ArrayLike, around: Theta | None = None) -> Float[Array, "N n"]:
        """Equivalent control vectors with circular parameters in one period; see `landpda.parameters.fold`."""
        return fold.fold(self, Z, around)

    @property
    def default_control(self) -> Float[Array, "n"]:
        """Control vector of the defaults, a start for a search: pulled inside where a default lies on an end of its prior."""
        scores = self.marginals.to_normal(jnp.concatenate([element.default.ravel() for element in self.elements]))
        return self.copula.decorrelate(jnp.clip(scores, -FARTHEST_START, FARTHEST_START))

    @property
    def bounds(self) -> tuple[Float[Array, "n"], Float[Array, "n"]]:
        """Ends of the support of each value."""
        return self.marginals.support

    @eqx.filter_jit
    def to_natural(self, z: ArrayLike) -> Float[Array, "n"]:
        """Natural coordinates of the control vector."""
        return self.marginals.natural(self.values(z))

    def from_natural(self, u: ArrayLike) -> Float[Array, "n"]:
        """Control vector at the natural coordinates; infinite on a bound."""
        return self.from_values(self.values_from_natural(u))

    @eqx.filter_jit
    def values_from_natural(self, u: ArrayLike) -> Float[Array, "n"]:
        """Values at the natural coordinates; finite on a bound, where the control vector is not."""
        return self.marginals.from_natural(self._of_length_n(u))

    @property
    def natural_bounds(self) -> tuple[Float[Array, "n"], Float[Array, "n"]]:
        """Ends of the support in the natural coordinates."""
        return self.marginals.natural_bounds

    @eqx.filter_jit
    def natural_log_prior(self, u: ArrayLike) -> Float[Array, ""]:
        """Log prior density of the natural coordinates; −inf where a constraint is broken."""
        values = self.values_from_natural(u)
        log_density = jnp.sum(self.marginals.natural_log_density(u))
        if self.copula.indices:
            log_density = log_density + self.copula.log_density(self.marginals.to_normal(values))
        return self._within_constraints(log_density, lambda: self.theta_from_values(values))

    def _margins(self, theta: Theta) -> Float[Array, "k"]:
        if not self.constraints:
            return jnp.zeros((0,))
        return jnp.stack([jnp.min(rule.margin(theta)) for rule in self.constraints])

    def _within_constraints(self, log_density: Array, theta: Callable[[], Theta]) -> Array:
        if not self.constraints:
            return log_density
        return jnp.where(jnp.all(self._margins(theta()) >= 0), log_density, -jnp.inf)

    def _of_length_n(self, vector: ArrayLike) -> Float[Array, "n"]:
        vector = jnp.asarray(vector, float)
        if vector.shape != (self.n,):
            raise StudyError(
                f"A control vector of shape {vector.shape} was given.",
                f"The space has {self.n} control elements: {', '.join(self.names[:12])}.",
                "Give one number for each, in that order; members are rows for the functions of blocks.",
            )
        return vector


def _check_names(space: ParameterSpace) -> None:
    named = space.theta_names
    twice = [name for name in named if named.count(name) > 1]
    if twice:
        raise StudyError(
            f"Parameter {twice[0]!r} is in the space.", "It is there more than once.", "Give each parameter a name of its own."
        )
    if not space.elements:
        raise StudyError("A parameter space was asked for.", "No parameter is estimated.", "Give at least one a prior.")
    for thing, names in (
        *((f"The scaling factor {scaling.name!r}", scaling.members) for scaling in space.scalings),
        *((f"The constraint {rule}", rule.names) for rule in space.constraints),
    ):
        for name in names:
            if name not in named:
                raise StudyError(f"{thing} names {name!r}.", "There is no such parameter.", nearest(name, named))
