"""Run every benchmark and print its ratios."""

import platform

from benchmarks import purchase_models

print(f"Python {platform.python_version()} on {platform.machine()}; seconds of processor time, best of three")
for line in purchase_models.compare():
    print(line)
