"""The group of commands. None ends with a traceback, unless asked to."""

from __future__ import annotations

import errno
import os
from typing import Any

import click

from assets.cli.options import WAREHOUSE
from assets.runs import error_messages

# A shell's exit code for a process that SIGINT ended: 128 plus the signal's number.
STOPPED = 130


class Commands(click.Group):
    """Commands whose errors are printed in one line.

    Ctrl-C ends a command with 130. An unexpected error ends it with 1, and the line names the file with its traceback;
    with ONRECORD_TRACEBACK=1 it is printed instead.
    """

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Raises ClickException for every error."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            go_on = "; run the build again to continue" if ctx.invoked_subcommand == "build" else ""
            click.echo(f"Stopped{go_on}.", err=True)
            ctx.exit(STOPPED)
        except Exception as error:
            # The reader of the output has closed it: click ends quietly.
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise
            if os.environ.get(error_messages.TRACEBACK, "0") not in ("", "0"):
                raise
            raise click.ClickException(_error_line(error, ctx)) from None


def _error_line(error: Exception, context: click.Context) -> str:
    line = error_messages.error_line(error)
    if error_messages.needs_no_traceback(error):
        return line
    warehouse = context.meta.get(WAREHOUSE)
    damaged = error_messages.damaged_history(warehouse) if warehouse is not None else None
    if damaged is not None:
        return damaged
    path = error_messages.write_traceback(error_messages.traceback_of(error), warehouse)
    return f"{line} (an error in onrecord; please report it with the traceback in {path})" if path else line
