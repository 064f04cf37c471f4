"""Run every benchmark and print its ratios."""

import platform

from benchmarks import calendars, customers, cuts, purchase_models

print(f"Python {platform.python_version()} on {platform.machine()}; seconds of processor time, best of three where short")
for module in (purchase_models, calendars, customers, cuts):
    for line in module.compare():
        print(line)
