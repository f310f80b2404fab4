"""A problem that says that it may not be compiled, and otherwise answers as the one that it wraps."""

from __future__ import annotations

from typing import Any

from landpda.core.types import Needs
from landpda.problem.problem import AbstractProblem, Linearisation, Misfit, Predictions


class Looped(AbstractProblem):
    problem: AbstractProblem

    @property
    def space(self) -> Any:
        return self.problem.space

    @property
    def offers(self) -> Needs:
        return self.problem.offers

    @property
    def traceable(self) -> bool:
        return False

    @property
    def bounds(self) -> Any:
        return self.problem.bounds

    @property
    def gradient_runs(self) -> int:
        return self.problem.gradient_runs

    @property
    def y(self) -> Any:
        return self.problem.y

    @property
    def slices(self) -> dict[str, slice]:
        return self.problem.slices

    @property
    def sequential(self) -> Any:
        return self.problem.sequential

    def initial_ensemble(self, key: Any, num: int) -> Any:
        return self.problem.initial_ensemble(key, num)

    def forward_ensemble(self, Z: Any) -> Predictions:
        return self.problem.forward_ensemble(Z)

    def misfit_ensemble(self, values: Any, Z: Any) -> Misfit:
        return self.problem.misfit_ensemble(values, Z)

    def log_density_ensemble(self, Z: Any) -> Any:
        return self.problem.log_density_ensemble(Z)

    def value_and_grad_ensemble(self, Z: Any) -> Any:
        return self.problem.value_and_grad_ensemble(Z)

    def linearise_ensemble(self, Z: Any) -> Linearisation:
        return self.problem.linearise_ensemble(Z)

    def curvature_product(self, z: Any, V: Any) -> Any:
        return self.problem.curvature_product(z, V)

    def hessian(self, z: Any) -> Any:
        return self.problem.hessian(z)
