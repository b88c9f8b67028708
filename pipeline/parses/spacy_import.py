"""Import spaCy without its command line: two sevenths of the time that the import takes.

spaCy imports all of its commands (projects, downloads, HTTP clients, templates) for one name, `spacy.info`.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib.metadata import version
from types import ModuleType

# The spaCy release that this module and the fast reader know.
SUPPORTED_SPACY = "3.8."
_COMMANDS = ("spacy.cli", "spacy.cli.info")


def import_spacy() -> None:
    """Import spaCy if it is not imported yet; a release that is not SUPPORTED_SPACY with its command line. `spacy.info`
    is then missing, `import spacy.cli` works as usual."""
    if "spacy" not in sys.modules and version("spacy").startswith(SUPPORTED_SPACY):
        for name in _COMMANDS:
            module = sys.modules[name] = ModuleType(name)
        module.__dict__["info"] = None
        try:
            # If spaCy needs more of its commands, it is imported with them below.
            with suppress(ImportError, AttributeError):
                import spacy

                del spacy.info
        finally:
            for name in _COMMANDS:
                del sys.modules[name]
    import spacy
