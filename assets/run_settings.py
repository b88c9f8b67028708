"""The settings of one run, as Dagster's Launchpad shows them.

A value left unchanged keeps that of the process: its flags, variables, and `onrecord.toml`. Dagster's Launchpad shows a
setting only if its default is not None: so an empty text and 0 mean "unchanged".
"""

import dagster as dg
from pydantic import Field

from assets.settings import SettingError, Settings, with_values

# The key of the resource.
RESOURCE = "run_settings"


def _help(name: str) -> str:
    """Return the help text of a setting, as in `onrecord build --help`."""
    return str(Settings.__dataclass_fields__[name].metadata["help"])


class RunSettings(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Places, engine and options of a run. Empty, 0 and false keep the value that the UI or daemon was started with:
    its flags, its variables, onrecord.toml."""

    raw: str | None = Field(default="", description=_help("raw"))
    engine: str | None = Field(default="", description=_help("engine"))
    ray_address: str | None = Field(default="", description=_help("ray_address"))
    workers: int | None = Field(default=0, description=_help("workers"))
    limit: int | None = Field(default=0, description=_help("limit"))
    verify: bool = Field(default=False, description=_help("verify"))
    force: bool = Field(default=False, description=_help("force"))
    retry_failed: bool = Field(default=False, description=_help("retry_failed"))
    accept_removals: bool = Field(default=False, description=_help("accept_removals"))
    as_of: str | None = Field(default="", description=_help("as_of"))
    accept: str | None = Field(default="", description=_help("accept"))

    def applied(self, settings: Settings) -> Settings:
        """Return `settings` with this run's values. Raises dagster.Failure that names the setting, without retries."""
        given = {name: getattr(self, name) for name in type(self).model_fields if name in Settings.__dataclass_fields__}
        values = {name: str(int(v) if isinstance(v, bool) else v) for name, v in given.items() if v}
        try:
            return with_values(settings, values)
        except SettingError as error:
            raise dg.Failure(f"Run config, resources.{RESOURCE}: {error}", allow_retries=False) from None
