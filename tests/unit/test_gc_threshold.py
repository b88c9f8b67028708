"""The garbage collector is off during imports, and ignores what they have made."""

import gc

import pytest

from assets.runs.gc_threshold import without_collections


def test_the_collector_is_off_during_imports_only() -> None:
    try:
        with pytest.raises(ImportError), without_collections():
            assert not gc.isenabled()
            raise ImportError
        assert gc.isenabled() and gc.get_freeze_count()
    finally:
        gc.unfreeze()
