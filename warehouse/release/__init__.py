"""Releases: publish, verify, compare, upload; rights; audit."""
