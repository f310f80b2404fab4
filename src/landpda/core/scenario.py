"""What a model is driven by: forcing on a regular time axis, and the constants of the site."""

from __future__ import annotations

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float


class Scenario(eqx.Module):
    """Forcing of one site over one window.

    Args:
        forcing: name → values on the time axis, in the units that the model's `forcing` declares.
        constants: name → scalar of the site, e.g. `latitude` [degrees_north].
        times: [days since 1970-01-01] start of each step.
        dt: [d] length of a step.
        site: the site's name, for people.
    """

    forcing: dict[str, Float[Array, "T"]]
    constants: dict[str, float]
    times: np.ndarray = eqx.field(converter=np.asarray)
    dt: float
    site: str = eqx.field(static=True, default="")

    @property
    def num_steps(self) -> int:
        """Number of steps T."""
        return len(self.times)

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
