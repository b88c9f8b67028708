"""Tests of stages, checks and releases on warehouses that the tests fill."""
