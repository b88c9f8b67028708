"""The asset `status`: what an operator sees of the warehouse, in the graph beside the release."""

from typing import Any

import dagster as dg

from assets.metadata import GROUPS, OWNERS, step
from assets.run_settings import RunSettings
from assets.settings import Settings
from assets.status import Status, status

STATUS = "status"


def status_asset(settings: Settings) -> dg.AssetsDefinition:
    """The state of the warehouse after a build; materialize it alone to look again."""

    @dg.asset(
        name=STATUS,
        deps=["release"],
        description="The last build and release, what is pending, failed, quarantined and refused, what runs by "
        "itself, and what a person has to look at. The same as `onrecord status` prints.",
        group_name=GROUPS["release"],
        kinds={"python"},
        owners=OWNERS,
        code_version="1",
    )
    def make(context: dg.AssetExecutionContext, run_settings: RunSettings) -> dg.MaterializeResult[Any]:
        with step(context, settings):
            return dg.MaterializeResult(metadata=shown(status(run_settings.applied(settings), context.instance)))

    return make


def shown(found: Status) -> dict[str, Any]:
    """The status as metadata: numbers that the UI draws over the runs, and lines."""
    problems = "\n".join(found.problems) or "none"
    return {
        "problems": dg.MetadataValue.text(problems),
        "articles": found.articles,
        "articles failed": sum(found.failed.values()),
        "articles quarantined": found.quarantined,
        "records refused": sum(found.refused.values()),
        "stages behind": ", ".join(found.behind) or "none",
        "automation": ", ".join(found.automation) or "none is started",
        "database MB": round(found.database_bytes / 1e6, 1),
        "free GB": round(found.free_bytes / 1e9, 1),
        "all": dg.MetadataValue.json(found.as_dict()),
    }
