"""Confidence: how probable it is that all records of a customer are one person's.

A customer is as sure as the record that hangs on least. What so many bits came to was read off
invented worlds whose truth is known (`proofs`, seeds that no test uses): records that hang on
little are wrong more often than independent evidence would have it, and more so in large groups.
"""

import numpy as np

from duecare.identity.edges import Edges
from duecare.identity.pairing import Integers, Reals

BITS = (0.5, 1.5, 2.5, 4.0, 6.0, 8.0, 12.0, 20.0)
"""Average bits of the record that hangs on least."""

OF_FEW = (0.940, 0.987, 0.992, 0.992, 0.996, 0.9975, 0.999, 0.9996)
"""Share of customers of two or three records, at those bits, who are one person."""

OF_MANY = (0.892, 0.957, 0.969, 0.972, 0.982, 0.984, 0.990, 0.9996)
"""The same of customers of more."""

MANY = 4


def confidence(found: Edges, cluster: Integers) -> Reals:
    """Return for each record the confidence of its cluster; 1 for a record alone.

    Args:
        found: the weighed pairs.
        cluster: the number of the cluster of each record, from 0 on.
    """
    bits, size = weakest(found, cluster), np.bincount(cluster)
    sure = np.where(size < MANY, np.interp(bits, BITS, OF_FEW), np.interp(bits, BITS, OF_MANY))
    return np.where(size == 1, 1.0, sure)[cluster]


def weakest(found: Edges, cluster: Integers) -> Reals:
    """Return for each cluster the average bits of the record that hangs on least; 0 where no pair was weighed."""
    inside = cluster[found.a] == cluster[found.b]
    ends = np.concatenate((found.a[inside], found.b[inside]))
    bits = np.concatenate((found.bits[inside], found.bits[inside]))
    count = np.bincount(ends, minlength=len(cluster))
    average = np.bincount(ends, weights=bits, minlength=len(cluster)) / np.maximum(count, 1)
    least = np.full(int(cluster.max(initial=-1)) + 1, np.inf)
    np.minimum.at(least, cluster, average)
    return np.where(np.isinf(least), 0.0, least)
