"""The asset `status`: the operator's view of the warehouse, beside the release in the graph."""

from typing import Any

import dagster as dg

from assets.metadata import GROUPS, LINE_CHARACTERS, OWNERS, step, table_value
from assets.run_settings import RunSettings
from assets.settings import Settings
from assets.status import RELEASE, Status, status, subjects

STATUS = "status"


def status_asset(settings: Settings) -> dg.AssetsDefinition:
    """Return the asset with the state of the warehouse after a build; materialize it alone to update it."""

    @dg.asset(
        name=STATUS,
        deps=[RELEASE],
        description="The last build and release, pending, failed, quarantined and refused work, active schedules and "
        "sensors, and problems that need a person, as printed by `onrecord status`. Updated after each "
        "release; without one, materialize it alone, or start the sensor `status`.",
        group_name=GROUPS["release"],
        kinds={"python"},
        owners=OWNERS,
        code_version="1",
    )
    def make(context: dg.AssetExecutionContext, run_settings: RunSettings) -> dg.MaterializeResult[Any]:
        with step(context, settings):
            # In a run of the job, the release was made before.
            found = status(run_settings.applied(settings), context.instance, context.run_id)
            return dg.MaterializeResult(metadata=shown(found))

    return make


def shown(found: Status) -> dict[str, Any]:
    """Return the status as metadata: numbers that the UI plots over the runs, and lines."""
    lines = [("problem", line) for line in found.problems] or [("problems", "none")]
    lines += [item for item in subjects(found).items() if item[0] != "warehouse"]
    return {
        "status": table_value(
            [{"what": name, "found": line} for name, line in lines], ["what", "found"], LINE_CHARACTERS
        ),
        "problems": len(found.problems),
        "articles": found.articles,
        "articles failed": sum(found.failed.values()),
        "articles quarantined": found.quarantined,
        "records refused": sum(found.refused.values()),
        "database MB": round(found.database_bytes / 1e6, 1),
        "free GB": round(found.free_bytes / 1e9, 1),
        "as JSON": dg.MetadataValue.json(found.as_dict()),
    }
