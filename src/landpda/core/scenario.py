"""What a model is driven by: forcing on a regular time axis, and the constants of the site."""

from __future__ import annotations

from collections.abc import Mapping

import equinox as eqx
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from landpda.core.errors import DataError


class Scenario(eqx.Module):
    """Forcing of one site over one window, at a fixed step.

    The time axis is part of the question's shape and not of its numbers: it is static, so a compiled function may look at
    dates.

    Args:
        forcing: name → values on the time axis, in the units that the model's `forcing` declares.
        constants: name → scalar of the site, e.g. `latitude` [degrees_north].
        times: [days since 1970-01-01] start of each step; months may be given by their calendar and are taken as equal.
        dt: [d] length of a step.
        site: the site's name, for people.

    Raises:
        DataError: the times are more than a tenth of the record's length off a regular axis.
    """

    forcing: dict[str, Float[Array, "T"]]
    constants: dict[str, float]
    start: float = eqx.field(static=True)
    dt: float = eqx.field(static=True)
    num_steps: int = eqx.field(static=True)
    site: str = eqx.field(static=True)

    def __init__(
        self, forcing: Mapping[str, ArrayLike], constants: Mapping[str, float], times: np.ndarray, dt: float, site: str = ""
    ) -> None:
        times = np.asarray(times, dtype=float)
        self.forcing = dict(forcing)  # pyright: ignore[reportAttributeAccessIssue]
        self.constants = dict(constants)
        self.start, self.dt, self.num_steps, self.site = float(times[0]), float(dt), len(times), site
        drift = np.abs(times - self.times)
        if drift.max() > max(1.5 * self.dt, 0.1 * len(times) * self.dt):
            worst = np.datetime64("1970-01-01", "D") + int(times[np.argmax(drift)])
            raise DataError(
                f"Forcing of {site or 'a site'} at a fixed step of {dt:g} days was asked for.",
                f"The step that starts on {worst} is {drift.max():.0f} days off such an axis.",
                "Fill the holes in the record, or cut it to a part without them.",
            )

    @property
    def times(self) -> np.ndarray:
        """[days since 1970-01-01] start of each step."""
        return self.start + self.dt * np.arange(self.num_steps)

    @property
    def dates(self) -> np.ndarray:
        """Start of each step as numpy dates, to the second."""
        seconds = np.round(np.asarray(self.times) * 86400.0).astype("int64")
        return np.datetime64("1970-01-01T00:00:00", "s") + seconds.astype("timedelta64[s]")

    def until(self, end: str) -> Scenario:
        """The same scenario, cut after the last step that starts on or before the date `end`."""
        last = np.datetime64(end, "D") + np.timedelta64(1, "D")
        keep = int(np.searchsorted(self.dates, last.astype("datetime64[s]"), side="left"))
        return Scenario(
            forcing={name: values[:keep] for name, values in self.forcing.items()},
            constants=self.constants,
            times=self.times[:keep],
            dt=self.dt,
            site=self.site,
        )
