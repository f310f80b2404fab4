"""What an error leaves to be estimated, in words and numbers; experiments make parameters of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class PriorByName:
    """A prior as a study writes it.

    Args:
        family: one of `landpda list priors`.
        numbers: its numbers by name, in the units of what is unknown.
    """

    family: str = "half_normal"
    numbers: Mapping[str, float] = field(default_factory=lambda: {"scale": 1.0})


@dataclass(frozen=True)
class Unknown:
    """One number that is estimated with the model's parameters.

    Args:
        name: under which the error finds it in `theta`.
        prior: what is known of it beforehand.
        meaning: a phrase for a reader.
        least: [as the unknown] no prior may reach below; 0 for a standard deviation.
    """

    name: str
    prior: PriorByName
    meaning: str
    least: float = 0.0
