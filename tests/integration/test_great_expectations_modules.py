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
from assets.patches import PatchMismatch, great_expectations_modules as changes
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
assert not [name for name in sys.modules if "fluent.spark_" in name or "fluent.snowflake" in name]
from great_expectations.datasource.fluent import SqliteDatasource
assert SqliteDatasource.__name__ == "SqliteDatasource"
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
module.Expectation.configuration = configuration
made, make = 0, module.ExpectationConfiguration.to_domain_obj
def made_again(self):
    global made
    made += 1
    return make(self)
module.ExpectationConfiguration.to_domain_obj = made_again
def remade():
    return [str(one.get_validation_dependencies(runtime_configuration=runtime)) for one in known]
dependencies = remade()
makes, made = made, 0
changes._configure_once(module)
configuration = module.Expectation.configuration
module.Expectation.configuration = property(counted)
for one in known:
    one._get_runtime_kwargs(runtime)
assert 5 * built < before, (built, before)
changed = [(one._get_domain_kwargs(), one._get_success_kwargs(), one._get_runtime_kwargs(runtime)) for one in known]
assert changed == stock
assert remade() == dependencies
assert 10 * made < makes, (made, makes)
try:
    changes._configure_once(module)  # no longer as the library has it
except PatchMismatch:
    pass
else:
    raise AssertionError
"""
PLAIN_IDS = """
import great_expectations.core.id_dict as module
kinds = {"a": 1, "b": None}, {"a": "x", "b": True}, {"a": [1, (2,)], "b": 0.5}, {"a": {"c": 1}, "b": 2}, {"a": 1}, {}
stock = [module.IDDict(kind).to_id() for kind in kinds]
converted, convert = [], module.convert_to_json_serializable
module.convert_to_json_serializable = lambda data: converted.append(data) or convert(data=data)
changes._convert_less(module)
assert [module.IDDict(kind).to_id() for kind in kinds] == stock
assert len(converted) == 2, converted
"""
KEPT_RESULTS = """
import re, tempfile
from pathlib import Path
import great_expectations.data_context.store.validation_results_store as module
import polars as pl
from expectations.suites import NOT_ON_FRAME, contract_checks
from expectations.validation import SuiteInput, validate

table = PUBLISHED[-1]
checks = tuple(check for check in contract_checks(table) if check.kind not in NOT_ON_FRAME)
columns = {column.name: pl.String if column.kind == "string" else pl.Int64 for column in table.published}
wrong = {pl.String: ["x", "x", None], pl.Int64: [-5, -5, None]}
broken = pl.DataFrame({name: wrong[kind] for name, kind in columns.items()})
# Times and ids.
dated = re.compile(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}[T ][0-9:.]+[Z+0-9:]*|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

def pages(rows):
    with tempfile.TemporaryDirectory() as folder:
        docs = Path(folder, "docs")
        results = validate([SuiteInput(table, checks, rows)], (), {}, docs)
        found = {dated.sub("", str(page)): dated.sub("", page.read_text()) for page in docs.rglob("*.html")}
    return {result.success for result in results.values()}, {name.replace(folder, ""): found[name] for name in found}

frames = broken, broken.clear()
stock = [pages(rows) for rows in frames]
assert stock[1][0] == {True} and False in stock[0][0]
changes._keep_results(module)
parsed = []
loads = module.ExpectationSuiteValidationResultSchema.loads
module.ExpectationSuiteValidationResultSchema.loads = lambda self, text: parsed.append(text) or loads(self, text)
assert [pages(rows) for rows in frames] == stock
assert len(parsed) == 1
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
    [
        pytest.param(LATE, id="late", marks=pytest.mark.slow),
        pytest.param(ANOTHER_VERSION, id="another version"),
        pytest.param(LOOKED_UP + PLAIN_IDS, id="looked up, plain ids", marks=pytest.mark.slow),
        pytest.param(KEPT_RESULTS, id="kept results"),
        pytest.param(MORE_THAN_IMPORTS, id="more than imports", marks=pytest.mark.slow),
    ],
)
def test_modules_are_changed_where_that_fits(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", BEGIN + code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
