"""Measure: what was promised, what was done, for whom, and what came of it.

Its modules are imported where they are used: numpy, numba and scipy take their time.
"""
