"""The assets of what articles have in common: duplicates, entities, statements.

Belongs here: which stages stand in the group `corpus`. Does not belong here: their rules (pipeline), the candidates'
SQL (warehouse).
"""

from __future__ import annotations

from collections.abc import Callable

import dagster as dg

from assets.derive import Outcome, Report
from assets.settings import Settings
from assets.show import CORPUS, stage_asset
from assets.stages import CORPUS_STAGES, STAGES


def corpus(settings: Settings, report: Report, done: Callable[[Outcome], None]) -> list[dg.AssetsDefinition]:
    """duplicates, entities and resolutions, statements and utterances."""
    return [stage_asset(stage, CORPUS, STAGES, settings, report, done) for stage in CORPUS_STAGES]
