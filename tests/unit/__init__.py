"""Functions and modules without a warehouse."""
