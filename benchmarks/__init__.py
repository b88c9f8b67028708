"""What the README's figures come from: each module one benchmark, run with `python -m benchmarks.NAME`."""
