"""Stages, checks and releases on warehouses that the tests fill."""
