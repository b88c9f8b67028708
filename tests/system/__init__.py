"""Whole builds and processes as a user runs them. Slow."""
