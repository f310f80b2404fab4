"""`operator:` what is done to model and data alike before they are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from landpda.config.part import Named
from landpda.config.settings import configure
from landpda.core.errors import StudyError

if TYPE_CHECKING:
    from landpda.observations.operators.plan import OperatorPlan

OPERATORS = "landpda.observations.operators"


class OperatorSpec(Named):
    """An operator by name, with its settings."""


def operator_of(spec: OperatorSpec, key: str) -> OperatorPlan:
    """The operator of that name, with its settings.

    Args:
        spec: name and settings.
        key: where the study names it, for errors.

    Raises:
        StudyError: there is none of that name, or a setting is wrong.
    """
    from landpda.core.registry import choose
    from landpda.observations.operators.plan import OperatorPlan

    try:
        return configure(choose(spec.name, OPERATORS, OperatorPlan, "operator"), spec.settings, "operator")
    except StudyError as error:
        raise StudyError(f"{key}: {error.asked}", error.found, error.do) from None
