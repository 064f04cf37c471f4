"""Benchmarks, side by side with the peer in one run; ratios are what to read, for machines differ."""
