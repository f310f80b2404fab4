"""Does the prior cover the data at all, and is the gradient right: asked before a calibration is paid for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np

from landpda.core.types import Finding, Needs
from landpda.experiments.posing import Posed
from landpda.experiments.predictive import Predictive, predict
from landpda.experiments.study import Study
from landpda.experiments.twin import twin
from landpda.problem.model_problem import Problem

GRADIENT_TOLERANCE = 1e-4
"""[1] relative difference between adjoint and finite differences that is still rounding: the step is 1e-5 in control units."""


@dataclass(frozen=True)
class StreamCheck:
    """What the prior says of one stream.

    Args:
        name: of the stream.
        units: of its values.
        num_fitted: data that are fitted.
        num_held_out: data that are held out.
        dates: (m,) when each datum was taken.
        values: (m,) the data.
        fitted: (m,) whether each is fitted.
        prior: predictions of the prior.
        covered: [1] share of the data inside the prior's 90 % predictive interval.
    """

    name: str
    units: str
    num_fitted: int
    num_held_out: int
    dates: np.ndarray
    values: np.ndarray
    fitted: np.ndarray
    prior: Predictive
    covered: float


@dataclass(frozen=True)
class CheckReport:
    """What a check found.

    Args:
        streams: by name.
        gradient_error: [1] largest relative difference between adjoint and finite differences; NaN where there is no gradient.
        failed_share: [1] share of prior runs that failed.
        findings: sentences.
        posed: the problem.
    """

    streams: Mapping[str, StreamCheck]
    gradient_error: float
    failed_share: float
    findings: tuple[Finding, ...]
    posed: Posed

    @property
    def num_serious(self) -> int:
        """How many findings must be mended before a calibration is worth its cost."""
        return sum(finding.severity == "serious" for finding in self.findings)


def check(study: Study, num_draws: int = 200) -> CheckReport:
    """Pose the study, run the prior, test the gradient.

    Args:
        study: what would be calibrated.
        num_draws: prior draws.

    Raises:
        LandpdaError: the study cannot be posed.
    """
    draw_key, predict_key, point_key, twin_key = jr.split(jr.key(study.seed), 4)
    posed = study.pose()
    if study.twin is not None:
        posed = twin(twin_key, posed, study.twin).posed
    Z = posed.whole.initial_ensemble(draw_key, num_draws)
    failed = float(1.0 - jnp.mean(posed.whole.forward_ensemble(Z).ok))
    prior = predict(predict_key, posed.whole, Z)
    streams = {
        stream.name: _stream_check(posed, stream.name, prior[stream.name]) for stream in posed.whole.streams if stream.measured
    }
    gradient = gradient_error(posed.problem, point_key)
    return CheckReport(streams, gradient, failed, tuple(_findings(streams, gradient, failed)), posed)


def gradient_error(problem: Problem, key: jax.Array) -> float:
    """[1] largest relative difference between adjoint and central differences in random directions, at a prior draw."""
    if Needs.GRADIENT not in problem.offers:
        return float("nan")
    point_key, direction_key = jr.split(key)
    Z = problem.initial_ensemble(point_key, 64)
    z = Z[jnp.argmax(problem.log_density_ensemble(Z))]
    directions = jr.normal(direction_key, (8, problem.n))
    directions = directions / jnp.linalg.norm(directions, axis=1, keepdims=True)
    _, gradient = problem.value_and_grad(z)
    step = 1e-5
    ends = -problem.log_density_ensemble(jnp.concatenate([z + step * directions, z - step * directions]))
    slopes = (ends[:8] - ends[8:]) / (2.0 * step)
    return float(jnp.max(jnp.abs(slopes - directions @ gradient)) / jnp.linalg.norm(gradient))


def _stream_check(posed: Posed, name: str, prior: Predictive) -> StreamCheck:
    stream = next(stream for stream in posed.whole.streams if stream.name == name)
    low, high = prior.quantiles[-1, 0], prior.quantiles[-1, -1]
    values, fitted = np.asarray(stream.values), posed.fitted[name]
    covered = float(np.mean((values >= low) & (values <= high)))
    return StreamCheck(
        name, stream.units, int(fitted.sum()), int((~fitted).sum()), stream.dates, values, fitted, prior, covered
    )


def _findings(streams: Mapping[str, StreamCheck], gradient: float, failed: float) -> list[Finding]:
    found = []
    for stream in streams.values():
        share = f"{100.0 * stream.covered:.0f} % of the {len(stream.values)} data of {stream.name}"
        if stream.covered < 0.5:
            sentence = (
                f"The prior does not cover the data: only {share} lie inside its 90 % interval. Widen priors, or look at units."
            )
            found.append(Finding("serious", "prior", sentence))
        elif stream.covered < 0.85:
            found.append(
                Finding("warning", "prior", f"The prior covers the data in part: {share} lie inside its 90 % interval.")
            )
        else:
            found.append(Finding("good", "prior", f"The prior covers the data: {share} lie inside its 90 % interval."))
    if gradient > GRADIENT_TOLERANCE:
        sentence = (
            f"Adjoint and finite differences differ by {gradient:.1e} (relative): a method that uses gradients may go astray."
        )
        found.append(Finding("serious", "gradient", sentence))
    elif np.isfinite(gradient):
        found.append(Finding("good", "gradient", f"Adjoint and finite differences agree to {gradient:.1e} (relative)."))
    if failed > 0.0:
        severity = "serious" if failed > 0.5 else "note"
        found.append(Finding(severity, "runs", f"{100.0 * failed:.0f} % of the prior's runs failed."))
    return found
