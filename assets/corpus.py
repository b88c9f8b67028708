"""The assets of what articles have in common: duplicates, entities, statements."""

from __future__ import annotations

from collections.abc import Callable

import dagster as dg

from assets.build.incremental import Outcome, Report
from assets.metadata import CORPUS, stage_asset
from assets.settings import Settings
from assets.stages import CORPUS_STAGES, STAGES


def corpus(settings: Settings, report: Report, done: Callable[[Outcome], None]) -> list[dg.AssetsDefinition]:
    """duplicates, entities and resolutions, statements and utterances."""
    return [stage_asset(stage, CORPUS, STAGES, settings, report, done) for stage in CORPUS_STAGES]
