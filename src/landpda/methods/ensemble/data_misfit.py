"""How far to go in one assimilation: no farther than the misfit allows."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

LAST_SHARE = 0.05
"""[1] what a last step would leave is taken along if it is less than this: it is not worth an ensemble of runs."""


def next_time(time: float, whitened: Float[np.ndarray, "N m"], ok: Bool[np.ndarray, "N"], steps_left: int) -> float:
    """Time t' at which the next step may end.

        1/α = min(max(m / (2⟨Φ⟩), √(m / (2 var Φ))), 1 − t),  Φ_j = ½‖e_j‖²

    The two terms bound the mean and the spread of the misfit under the inflated error; together they keep the divergence
    between the two ends of the step in hand. The last allowed steps take at least their even share.

    Args:
        time: t now.
        whitened: misfits of the members.
        ok: whether each ran.
        steps_left: this step included.

    Source: [iglesias2021].
    """
    half = 0.5 * np.sum(np.square(whitened[ok]), axis=1)
    num, tiny = whitened.shape[1], np.finfo(float).tiny
    allowed = max(num / max(2.0 * half.mean(), tiny), np.sqrt(num / max(2.0 * half.var(), tiny)))
    share = max(allowed, (1.0 - time) / max(steps_left, 1))
    return 1.0 if time + share > 1.0 - LAST_SHARE else time + share
