"""Run every benchmark and print its ratios."""

import platform

from benchmarks import calendars, purchase_models

print(f"Python {platform.python_version()} on {platform.machine()}; seconds of processor time, best of three")
for module in (purchase_models, calendars):
    for line in module.compare():
        print(line)
