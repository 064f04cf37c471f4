"""Laplace: how sure the likeliest parameters are, by how sharply the likelihood falls off around them.

Near its peak the likelihood is taken for a normal distribution, on the scale on which the parameters
were looked for (Tierney & Kadane 1986, Accurate Approximations for Posterior Moments and Marginal
Densities, Journal of the American Statistical Association 81 (393), 82-86). A direction of which the
data say nothing is held by a wide normal prior, so that no draw runs away.
"""

from collections.abc import Callable

import numpy as np

from duecare.value.models.seen import Floats

MOST = 50_000
"""Of more customers than this the parameters are as good as known, and one set of them is enough."""

STEP = 1e-2
PRIOR_SD = 1.0
"""Of each logarithm, around the likeliest: a factor of 2.7 either way."""


def spread(slope: Callable[[Floats], Floats], point: Floats, customers: int) -> Floats | None:
    """Return a square root of the covariance of the parameters around *point*; None of so many customers that it does not matter.

    Args:
        slope: the gradient of minus the mean log likelihood.
        point: where that is least, k parameters.
        customers: over how many it is the mean.

    Returns:
        k x k; *point* + it @ z, z standard normal, is a draw.

    >>> spread(lambda point: 4.0 * point, np.zeros(1), 2500).round(4).tolist()  # a sample of a normal with precision 4
    [[0.01]]
    """
    if customers > MOST:
        return None
    steps = STEP * np.eye(len(point))
    curve = np.array([(slope(point + step) - slope(point - step)) / (2 * STEP) for step in steps])
    value, axes = np.linalg.eigh(np.nan_to_num(0.5 * (curve + curve.T)))
    precision = np.maximum(value, 0.0) * customers + PRIOR_SD**-2
    return axes / np.sqrt(precision)


def draws(point: Floats, root: Floats | None, count: int, bound: float, chance: np.random.Generator) -> Floats:
    """Return count x k parameters that could as well be true, within *bound* of 0; *point* alone where there is no doubt."""
    if root is None:
        return point[None, :]
    return np.clip(point + chance.standard_normal((count, root.shape[1])) @ root.T, -bound, bound)
