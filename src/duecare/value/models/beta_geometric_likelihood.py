"""The likelihood that BG/NBD and MBG/NBD have in common, compiled, with its gradient.

While active a customer buys at a rate of their own, gamma distributed over customers (r, alpha),
and leaves for good with a chance of their own, beta distributed (a, b), at certain purchases: after
every repeat purchase (BG/NBD), or after every purchase, the first included (MBG/NBD). So both are
one formula, in which k chances to leave were met: k = x for BG/NBD, x + 1 for MBG/NBD:

    L = G(r+x)/G(r) alpha^r [ B(a, b+k)/B(a, b) (alpha+T)^-(r+x) + [k > 0] B(a+1, b+k-1)/B(a, b) (alpha+t)^-(r+x) ]

Sources: Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way, eq. (3); Batislam,
Denizel & Filiztekin (2007).
"""

import math
from typing import Any

import numba as nb
import numpy as np

from duecare.value.models.seen import Floats, Places


@nb.njit(cache=True, inline="always")
def digamma(x: float) -> float:
    """Return psi(x) for x > 0, to 1e-12: raised to 6 or more, then by its series."""
    below = 0.0
    while x < 6.0:
        below -= 1.0 / x
        x += 1.0
    f = 1.0 / (x * x)
    series = f * (1 / 12 - f * (1 / 120 - f * (1 / 252 - f * (1 / 240 - f * (1 / 132 - f * (691 / 32760 - f / 12))))))
    return below + math.log(x) - 0.5 / x - series


@nb.njit(cache=True)
def _tables(most: int, first: int, r: float, a: float, b: float) -> Any:  # noqa: ANN401 - an array, compiled
    """What depends on x alone: log of G(r+x)/G(r), of both beta ratios, and their slopes in r, a and b."""
    table = np.zeros((8, most + 1))
    base, base_ab = math.lgamma(r), math.lgamma(a + b) - math.lgamma(b)
    psi_r, psi_ab, psi_b = digamma(r), digamma(a + b), digamma(b)
    for x in range(most + 1):
        k = x + first
        table[0, x] = math.lgamma(r + x) - base
        table[1, x] = digamma(r + x) - psi_r
        table[2, x] = math.lgamma(b + k) - math.lgamma(a + b + k) + base_ab
        table[3, x] = psi_ab - digamma(a + b + k)
        table[4, x] = digamma(b + k) - psi_b + table[3, x]
        if k > 0:
            table[5, x] = math.log(a) - math.log(b + k - 1)
            table[6, x], table[7, x] = 1 / a, -1 / (b + k - 1)
        else:
            table[5, x] = -math.inf
    return table


@nb.njit(cache=True, parallel=True)
def log_likelihood(
    shapes: Floats, slopes: Floats, first: int, x: Places, t_x: Floats, age: Floats, traits: Floats, weight: Floats, part: Floats
) -> None:
    """Fill *part*, one row a block of customers, with the weighted sums of log L and of its slopes.

    Args:
        shapes: r, alpha, a, b.
        slopes: of each trait; a customer's own alpha is alpha exp(-slopes . traits).
        first: 1 where the first purchase is a chance to leave, 0 where it is none.
        x: purchases after the first.
        t_x: time from first to last.
        age: time from first to now.
        traits: customers x traits that do not change.
        weight: how often each row occurs.
        part: blocks x (5 + traits): log L, its slopes in r, alpha, a, b, and in each of *slopes*.
    """
    r, alpha, a, b = shapes
    many = slopes.size
    table = _tables(x.max(), first, r, a, b)
    blocks = part.shape[0]
    size = (x.size + blocks - 1) // blocks
    for block in nb.prange(blocks):
        total = np.zeros(5 + many)
        for at in range(block * size, min((block + 1) * size, x.size)):
            k, own, w = x[at], alpha, weight[at]
            for trait in range(many):
                own *= math.exp(-slopes[trait] * traits[at, trait])
            log_age, log_last = math.log(own + age[at]), math.log(own + t_x[at])
            odds = table[5, k] + (r + k) * (log_age - log_last)  # of having left, against having stayed
            left = 1.0 / (1.0 + math.exp(-odds)) if odds > -700.0 else 0.0
            stay = 1.0 - left
            either = odds + math.log1p(math.exp(-odds)) if odds > 0 else (math.log1p(math.exp(odds)) if odds > -700.0 else 0.0)
            total[0] += w * (table[0, k] + r * math.log(own) + table[2, k] - (r + k) * log_age + either)
            total[1] += w * (table[1, k] + math.log(own) - stay * log_age - left * log_last)
            in_log_own = w * (r - (r + k) * own * (stay / (own + age[at]) + left / (own + t_x[at])))
            total[2] += in_log_own / alpha
            total[3] += w * (table[3, k] + left * table[6, k])
            total[4] += w * (table[4, k] + left * table[7, k])
            for trait in range(many):
                total[5 + trait] -= in_log_own * traits[at, trait]
        part[block] = total
