"""What the driver hands back: the answer, how it was reached, and what it cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from landpda.core.estimate import Estimate
from landpda.core.types import Finding


@dataclass(frozen=True)
class Result:
    """The answer of one method to one problem.

    Args:
        method: name of the method.
        names: (n,) names of the control vector's elements.
        estimate: the answer, in the control space.
        trace: diagnostics of every step; name → array whose first axis is the step.
        runs_used: model runs; a run with its gradient counts as one and `gradients_used` counts it again.
        gradients_used: gradients (adjoint or tangent-linear sweeps, per direction batch) among them.
        cpu_seconds: CPU time of the process while it ran.
        wall_seconds: wall-clock time.
        findings: sentences of the method about its own run (e.g. "stopped before it converged").
        source: bib key of the method.
    """

    method: str
    names: tuple[str, ...]
    estimate: Estimate
    trace: dict[str, np.ndarray]
    runs_used: int
    gradients_used: int
    cpu_seconds: float
    wall_seconds: float
    findings: tuple[Finding, ...] = ()
    source: str = ""
    extra: dict[str, Any] = field(default_factory=dict)
