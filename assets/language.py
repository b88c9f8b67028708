"""The assets of what the articles say: parses, mentions, chains, quotes, dates."""

from __future__ import annotations

from collections.abc import Callable

import dagster as dg

from assets.build.incremental import Outcome, Report
from assets.metadata import LANGUAGE, stage_asset
from assets.settings import Settings
from assets.stages import CHAINS, DATES, MENTIONS, PARSES, QUOTES, STAGES


def language(settings: Settings, report: Report, done: Callable[[Outcome], None]) -> list[dg.AssetsDefinition]:
    """parses, mentions, chains, quotes, dates."""
    found = (PARSES, MENTIONS, CHAINS, QUOTES, DATES)
    return [stage_asset(stage, LANGUAGE, STAGES, settings, report, done) for stage in found]
