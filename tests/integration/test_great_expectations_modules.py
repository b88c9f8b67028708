"""Great Expectations' modules, patched when they are imported: less work, the same answers; unpatched if the patches do
not fit. Each test uses a separate process, since modules are imported once.
"""

import subprocess
import sys

import pytest

BEGIN = """
import logging, sys, warnings
warnings.simplefilter("ignore")
lines = []
class Kept(logging.Handler):
    def emit(self, record):
        lines.append(record.getMessage())
logging.getLogger("onrecord").addHandler(Kept())
from assets import patches
from assets.patches import Unfit, great_expectations_modules as changes
from expectations.suites import suite
from pipeline.contract import PUBLISHED

def expectations():
    import great_expectations
    great_expectations.get_context(mode="ephemeral")
    return [one for table in PUBLISHED for one in suite(table).expectations]

def classes():
    return [name for name in sys.modules if name.startswith("great_expectations.expectations.core.expect_")]
"""
LATE = """
changes.change_on_import()
changes.change_on_import()
assert sum(isinstance(finder, changes._Finder) for finder in sys.meta_path) == 1
used = {type(one).__name__ for one in expectations()}
assert len(classes()) <= len(used) + 5, classes()
import great_expectations.expectations as gxe
assert "ExpectColumnMeanToBeBetween" in dir(gxe)
assert gxe.ExpectColumnMeanToBeBetween(column="a", min_value=1).configuration.type == "expect_column_mean_to_be_between"
try:
    gxe.ExpectNothing
except AttributeError as error:
    assert "ExpectNothing" in str(error)
else:
    raise AssertionError
assert not lines, lines
"""
ANOTHER_VERSION = """
patches.version = lambda _: "9.0"
changes.change_on_import()
assert expectations()
assert len(classes()) > 50
assert {line.partition(":")[0] for line in lines} == {what for what, _ in changes.CHANGES.values()}
assert all("great-expectations is used unpatched" in line for line in lines)
"""
LOOKED_UP = """
import great_expectations.expectations.expectation as module
known = expectations()
runtime = {"result_format": "BASIC"}
stock = [(one._get_domain_kwargs(), one._get_success_kwargs(), one._get_runtime_kwargs(runtime)) for one in known]
built, configuration = 0, module.Expectation.configuration
def counted(self):
    global built
    built += 1
    return configuration.fget(self)
module.Expectation.configuration = property(counted)
for one in known:
    one._get_runtime_kwargs(runtime)
before, built = built, 0
changes._configure_once(module)
for one in known:
    one._get_runtime_kwargs(runtime)
assert 2 * built < before, (built, before)
changed = [(one._get_domain_kwargs(), one._get_success_kwargs(), one._get_runtime_kwargs(runtime)) for one in known]
assert changed == stock
try:
    changes._configure_once(module)  # no longer as the library has it
except Unfit:
    pass
else:
    raise AssertionError
"""
MORE_THAN_IMPORTS = """
parse = changes.ast.parse
changes.ast.parse = lambda source: parse("print()" if "from .expect_column_max" in source else source)
changes.change_on_import()
assert expectations()
assert len(classes()) > 50
assert [line.partition(":")[0] for line in lines] == ["the late import of expectations"]
"""


@pytest.mark.parametrize(
    "code",
    [LATE, ANOTHER_VERSION, LOOKED_UP, MORE_THAN_IMPORTS],
    ids=["late", "another version", "looked up", "more than imports"],
)
def test_modules_are_changed_where_that_fits(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", BEGIN + code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
