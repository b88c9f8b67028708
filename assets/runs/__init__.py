"""Dagster's runs in a warehouse: the instance, locks, retries, notifications, and which runs are deleted."""
