"""Import path of the event log in dagster.yaml of existing warehouses."""

from assets.patches.dagster_event_log import EventLog

__all__ = ["EventLog"]
