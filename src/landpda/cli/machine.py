"""What this machine has, and what is missing and what that costs, as text."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import time
from typing import TYPE_CHECKING

from landpda.cli.tables import number, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from landpda.core.model import Model

SHOWN = ("landpda", "jax", "jaxlib", "equinox", "numpy", "scipy", "xarray", "h5netcdf", "arviz-stats", "pint", "pydantic")
BLOCK = 128
"""Members of an ensemble that is timed: one block of the engine."""


def versions() -> str:
    """Python, the system, and the packages that results depend on."""
    rows = [["Python", platform.python_version()], ["system", platform.platform(terse=True)], ["cores", str(os.cpu_count())]]
    return table(("what", "version"), [*rows, *([name, _version(name)] for name in SHOWN)])


def settings() -> str:
    """Devices, precision and compiler options, and what it costs where one is missing."""
    import jax

    from landpda.core.engine.xla import status

    devices = ", ".join(str(device) for device in jax.devices())
    precision = "float64" if jax.config.jax_enable_x64 else "float32: results have about 7 digits"
    return "\n".join([f"devices: {devices}", f"precision: {precision}", *status()])


def speeds() -> str:
    """Nanoseconds a member and step of each model, and what its gradient costs, on the made-up site."""
    from landpda.core.model import Model
    from landpda.core.registry import discover

    rows = [[name, *(number(value, 2) for value in _speed(kind()))] for name, kind in discover("landpda.models", Model).items()]
    header = ("model", f"ns a step ({BLOCK} members)", "ns a step (1 member)", "gradient/forward")
    return table(header, rows)


def _speed(model: Model) -> tuple[float, float, float]:
    """[ns, ns, 1] of an ensemble, of one run, and how many runs a gradient costs."""
    import jax
    import jax.numpy as jnp

    from landpda.experiments.demo import demo_site
    from landpda.experiments.scenario_of import scenario_from

    scenario = scenario_from(demo_site(), model)
    wanted = tuple(name for name, output in model.outputs.items() if output.dims == ("time",))[:1]
    defaults = {name: jnp.asarray(value) for name, value in model.parameters.defaults.items()}

    def total(theta: dict[str, jax.Array]) -> jax.Array:
        return sum(jnp.sum(values) for values in model.simulate(theta, scenario, wanted).values())  # pyright: ignore[reportReturnType]

    block = {name: jnp.full((BLOCK,), value) for name, value in defaults.items()}
    forward, gradient = jax.jit(total), jax.jit(jax.grad(total))
    one, many, both = (_seconds(run, theta) for run, theta in ((forward, defaults), (forward, block), (gradient, block)))
    steps = scenario.num_steps
    return many / steps / BLOCK * 1e9, one / steps * 1e9, both / many


def _seconds(run: Callable, theta: dict) -> float:
    """[s] the quickest of three runs, the first of which compiled."""
    import jax

    times = []
    for _ in range(4):
        begun = time.perf_counter()
        jax.block_until_ready(run(theta))
        times.append(time.perf_counter() - begun)
    return min(times[1:])


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
