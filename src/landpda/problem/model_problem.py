"""The problem that a native model, a scenario and streams of data pose."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from landpda.core.engine.blocks import in_blocks
from landpda.core.errors import NeedsError, StudyError
from landpda.core.model import Model
from landpda.core.scenario import Scenario
from landpda.core.stepped import SteppedModel
from landpda.core.types import Needs, Outputs, Theta
from landpda.observations.stream import Stream
from landpda.parameters.space import ParameterSpace
from landpda.problem.gauss_newton import gauss_newton
from landpda.problem.problem import (
    STEPPING_ADVICE,
    AbstractProblem,
    Linearisation,
    Misfit,
    Predictions,
    hessian_by_differences,
    sensible,
)
from landpda.problem.sequential import Sequential

LINEARISE_BLOCK = 8
"""Members per block where each also carries n tangents: 8 × 25 lanes fill the vector units as 128 do in a plain run. Measured
with DALEC2 over six years: 2.4 ms a member, against 3.3 with 4 or 16 and 4.1 with 32."""


class Problem(AbstractProblem):
    """Find Θ given y ≅ G(Θ): J(z) = ½‖R^-½ (G(z) − y)‖² + log|R^½| + ½‖z‖².

    Args:
        model: what predicts.
        scenario: what drives it.
        streams: what was seen; their order does not matter.
        space: what may change, with the priors, and the unknowns of the errors.

    Raises:
        StudyError: a stream's error names a parameter that the space lacks, or there is no stream.

    Source: [raoult2025] eq. 2; [bannister2017] for the control-variable transform.
    """

    model: Model
    scenario: Scenario
    streams: tuple[Stream, ...]
    space: ParameterSpace

    def __check_init__(self) -> None:
        """Refuse what cannot be asked."""
        if not self.streams:
            raise StudyError("A problem was asked for.", "It has no stream of data.", "Name at least one stream.")
        known = set(self.space.theta_names)
        for stream in self.streams:
            unknown = [name for name in stream.error.parameters if name not in known]
            if unknown:
                raise StudyError(
                    f"The error of stream {stream.name!r} is to be estimated.",
                    f"The parameter {unknown[0]!r} is not in the parameter space.",
                    "Add it with a prior.",
                )

    @property
    def offers(self) -> Needs:
        """What the model offers."""
        return self.model.offers

    @property
    def traceable(self) -> bool:
        """A native model always is."""
        return True

    @property
    def bounds(self) -> tuple[Float[Array, "n"], Float[Array, "n"]]:
        """None: the control space is open."""
        return jnp.full(self.n, -jnp.inf), jnp.full(self.n, jnp.inf)

    @property
    def gradient_runs(self) -> int:
        """One: tangents and adjoints go with the run."""
        return 1

    @property
    def y(self) -> Float[Array, "m"]:
        """(m,) all data."""
        return jnp.concatenate([jnp.asarray(stream.values) for stream in self.streams])

    @property
    def wanted(self) -> tuple[str, ...]:
        """Model outputs that the streams look at."""
        return tuple(sorted({name for stream in self.streams for name in stream.operator.wanted}))

    @property
    def slices(self) -> dict[str, slice]:
        """Where each stream's data lie in y."""
        edges = np.cumsum([0, *(stream.num for stream in self.streams)])
        return {stream.name: slice(int(a), int(b)) for stream, a, b in zip(self.streams, edges, edges[1:], strict=False)}

    @property
    def sequential(self) -> Sequential:
        """The problem in the order of time.

        Raises:
            NeedsError: the model cannot be stopped on its way.
        """
        if not isinstance(self.model, SteppedModel):
            raise NeedsError(
                "The problem was to be told in the order of time.",
                f"The model {self.model.name} cannot be stopped on its way.",
                STEPPING_ADVICE,
            )
        ordered = tuple(sorted(self.streams, key=lambda stream: stream.name))
        return Sequential(self.model, self.scenario, ordered, self.space)

    def initial_ensemble(self, key: Array, num: int) -> Float[Array, "N n"]:
        """(num, n) prior draws, folded where parameters are circular."""
        return self.space.fold(self.space.sample(key, num))

    def simulate(self, Z: Float[Array, "N n"], wanted: tuple[str, ...]) -> Outputs:
        """Whole outputs of each row, member axis last; for plots and predictions."""
        return _simulate(self, Z, wanted)

    @eqx.filter_jit
    def forward_ensemble(self, Z: Float[Array, "N n"]) -> Predictions:
        """G of each row."""
        values = in_blocks(self._forward_block, Z)
        ok = sensible(values)
        return Predictions(jnp.where(ok[:, None], values, 0.0), ok)

    def misfit_ensemble(self, values: Float[Array, "N m"], Z: Float[Array, "N n"]) -> Misfit:
        """Whitened misfit, error scales and log prior of each row."""
        theta = self.space.to_physical_block(Z)
        whitened = jax.vmap(self._whiten, in_axes=(0, -1))(values, theta)
        log_sd, log_scale = jax.vmap(self._error_scales, in_axes=-1)(theta)
        return Misfit(whitened, log_sd, log_scale, jax.vmap(self.space.log_prior)(Z))

    @eqx.filter_jit
    def log_density_ensemble(self, Z: Float[Array, "N n"]) -> Float[Array, "N"]:
        """Log posterior of each row."""
        return in_blocks(self._log_density_block, Z)

    @eqx.filter_jit
    def value_and_grad_ensemble(self, Z: Float[Array, "N n"]) -> tuple[Float[Array, "N"], Float[Array, "N n"]]:
        """J and ∇J of each row: the members of a block do not mix, so the gradient of their sum is each one's own."""

        def block(Zb: Float[Array, "B n"]) -> tuple[Array, Array]:
            def total(Zb: Array) -> tuple[Array, Array]:
                cost = -self._log_density_block(Zb)
                return jnp.sum(jnp.where(jnp.isfinite(cost), cost, 0.0)), cost

            gradient, cost = jax.grad(total, has_aux=True)(Zb)
            ok = jnp.isfinite(cost) & jnp.all(jnp.isfinite(gradient), axis=1)
            return jnp.where(ok, cost, jnp.inf), jnp.where(ok[:, None], gradient, 0.0)

        return in_blocks(block, Z)

    @eqx.filter_jit
    def linearise_ensemble(self, Z: Float[Array, "N n"]) -> Linearisation:
        """Cost, gradient and curvature of each row, by n tangents that run beside the model."""
        return in_blocks(self._linearise_block, Z, block_size=LINEARISE_BLOCK)

    @eqx.filter_jit
    def curvature_product(self, z: Float[Array, "n"], V: Float[Array, "K n"]) -> Float[Array, "K n"]:
        """Rows of V times JᵀR⁻¹J + 2 DᵀD + I: a tangent run and an adjoint run each, a block of rows side by side."""
        return in_blocks(self._curvature_product_block, V, z)

    def hessian(self, z: Float[Array, "n"]) -> Float[Array, "n n"]:
        """Hessian of J from exact gradients."""
        return hessian_by_differences(self, z)

    def linearise(self, z: Float[Array, "n"]) -> tuple[Float[Array, "m"], Float[Array, "m n"]]:
        """Whitened misfit R^-½(G(z) − y) (m,), and its Jacobian (m, n) with R held fixed."""
        return _linearise(self, z)

    def cost_by_stream(self, z: Float[Array, "n"]) -> dict[str, float]:
        """½‖R^-½ r‖² of each stream, and the prior's ½‖z‖²."""
        theta = self.space.to_physical(z)
        values = self.forward(z)
        parts = {
            stream.name: float(0.5 * jnp.sum(stream.error.whiten(values[self.slices[stream.name]] - stream.values, theta) ** 2))
            for stream in self.streams
        }
        return {**parts, "prior": float(-self.space.log_prior(z))}

    def _predict(self, theta: Theta) -> Float[Array, "m B"]:
        outputs = self.model.simulate(theta, self.scenario, self.wanted)
        return jnp.concatenate([stream.operator(outputs) for stream in self.streams])

    def _forward_block(self, Zb: Float[Array, "B n"]) -> Float[Array, "B m"]:
        return self._predict(self.space.to_physical_block(Zb)).T

    def _log_density_block(self, Zb: Float[Array, "B n"]) -> Float[Array, "B"]:
        values = self._forward_block(Zb)
        ok = sensible(values)
        density = -self.misfit_ensemble(jnp.where(ok[:, None], values, jax.lax.stop_gradient(self.y)), Zb).cost
        return jnp.where(ok & ~jnp.isnan(density), density, -jnp.inf)

    def _linearise_block(self, Zb: Float[Array, "B n"]) -> Linearisation:
        def along(direction: Float[Array, "n"]) -> tuple[Float[Array, "B m"], Float[Array, "B m"]]:
            return jax.jvp(self._forward_block, (Zb,), (jnp.broadcast_to(direction, Zb.shape),))

        values, jacobian = jax.vmap(along, out_axes=(None, 1))(jnp.eye(self.n))
        return gauss_newton(self.misfit_ensemble, values, jacobian, Zb, sensible(values))

    def _curvature_product_block(self, Vb: Float[Array, "B n"], z: Float[Array, "n"]) -> Float[Array, "B n"]:
        Zb = jnp.broadcast_to(z, Vb.shape)

        def roots(Zb: Float[Array, "B n"]) -> tuple[Float[Array, "B m"], Float[Array, "B m"]]:
            """What squares to the curvature: the misfit with R held, and the logarithms of its standard deviations."""
            values = self._forward_block(Zb)
            held = self.misfit_ensemble(values, jax.lax.stop_gradient(Zb))
            return held.whitened, jnp.sqrt(2.0) * self.misfit_ensemble(values, Zb).log_sd

        _, tangents = jax.jvp(roots, (Zb,), (Vb,))
        _, adjoint = jax.vjp(roots, Zb)
        return adjoint(tangents)[0] + Vb

    def _error_scales(self, theta: Theta) -> tuple[Float[Array, "m"], Float[Array, ""]]:
        log_sd = jnp.concatenate([stream.error.log_sd(theta) for stream in self.streams])
        return log_sd, sum((stream.error.log_scale(theta) for stream in self.streams), start=jnp.zeros(()))

    def _whiten(self, values: Float[Array, "m"], theta: Theta) -> Float[Array, "m"]:
        parts = [stream.error.whiten(values[self.slices[stream.name]] - stream.values, theta) for stream in self.streams]
        return jnp.concatenate(parts)


@eqx.filter_jit
def _simulate(problem: Problem, Z: Float[Array, "N n"], wanted: tuple[str, ...]) -> Outputs:
    def block(Zb: Float[Array, "B n"]) -> Outputs:
        outputs = problem.model.simulate(problem.space.to_physical_block(Zb), problem.scenario, wanted)
        return {name: jnp.moveaxis(values, -1, 0) for name, values in outputs.items()}

    return {name: jnp.moveaxis(values, 0, -1) for name, values in in_blocks(block, Z).items()}


@eqx.filter_jit
def _linearise(problem: Problem, z: Float[Array, "n"]) -> tuple[Array, Array]:
    held = problem.space.to_physical(z)

    def misfit(Zb: Array) -> Array:
        return problem._whiten(problem._forward_block(Zb)[0], held)

    columns = jax.vmap(lambda direction: jax.jvp(misfit, (z[None],), (direction[None],))[1])(jnp.eye(problem.n))
    return misfit(z[None]), columns.T
