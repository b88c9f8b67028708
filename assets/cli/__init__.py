"""The command `onrecord`: the group, and its list of commands. Each command is in a module beside."""

from __future__ import annotations

import click

from assets.cli.audit import audit, sample
from assets.cli.automation import automation
from assets.cli.backup import backup, restore
from assets.cli.build import build, show, ui
from assets.cli.check import check
from assets.cli.config import config
from assets.cli.feeds import feeds
from assets.cli.group import Commands
from assets.cli.refusals import refusals
from assets.cli.releases import diff, publish, releases, verify, withdraw
from assets.cli.reshard import reshard
from assets.cli.serve import serve
from assets.cli.status import status
from assets.cli.try_text import try_command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="onrecord")
def app() -> None:
    """Raw news articles in; a published dataset of who said what, about whom, when, according to whom, out."""


_RELEASES = (releases, diff, verify, publish, withdraw)
_COMMANDS = (
    build,
    check,
    status,
    refusals,
    feeds,
    ui,
    automation,
    serve,
    show,
    try_command,
    *_RELEASES,
    sample,
    audit,
    backup,
    restore,
    reshard,
    config,
)
for _command in _COMMANDS:
    app.add_command(_command)
