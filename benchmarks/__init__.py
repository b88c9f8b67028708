"""Benchmarks behind the README's figures: each module is one, run with `python -m benchmarks.NAME`."""
