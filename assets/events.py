"""The name under which dagster.yaml of existing warehouses finds the event log."""

from assets.patches.dagster_event_log import EventLog

__all__ = ["EventLog"]
