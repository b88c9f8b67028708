"""Great Expectations' modules, changed at import so that they do the same at less cost.

- Of 60 expectation classes, each built by pydantic at import, eight are used: import a class on first access (0.4 CPU
  seconds). The same holds for data sources of other kinds, and for the asset of each file format that pandas reads.
- An expectation builds its whole configuration, a deep copy, for each keyword looked up: read the field instead (27,000
  configurations in a build become 5,000).
- An expectation is made again from its configuration for each metric that it needs: use the expectation itself.
- A suite that was just added is read back and compared with itself before it runs, twice: skip it.
- The id of a metric's keywords is JSON of a converted copy: do not convert what is plain.
- The three kinds of pages compile the same 19 templates separately: compile them once.
- A context in memory writes its configuration as YAML, to memory, with each suite and each frame: skip it.
- It also writes each result as JSON, to memory, and reads it for the data docs: keep a result that passed.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import partial
from importlib import import_module
from importlib.abc import InspectLoader, Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType, SimpleNamespace
from typing import Any

from assets.patches import GREAT_EXPECTATIONS, PatchMismatch, apply_or_fall_back, scipy_stats

type Execute = Callable[[ModuleType], None]

# SHA-256 of the concatenated sources of the replaced methods.
_METHODS = ("_get_domain_kwargs", "_get_success_kwargs", "_get_success_kwarg")
_SOURCES = "3b13d0289a14ff7517cdb72164e884e0c2a0e5b4697d4f9c81724ed597014db5"

# Modules of data sources that are no frames.
_SOURCES_UNUSED = re.compile(
    r"\.(?:spark|sql|alloy|aurora|bigquery|citus|fabric|postgres|neon|redshift|databricks|snowflake|"
    r"pandas_(?:dbfs|s3|google|azure))\w*$"
)


def before_import() -> None:
    """Prepare for the import of Great Expectations: defer scipy.stats, and change modules (change_on_import)."""
    scipy_stats.defer_scipy_stats()
    change_on_import()


def change_on_import() -> None:
    """Change the modules when they are imported. Call it before Great Expectations is imported; modules already
    imported stay unchanged."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    """Finds the modules of CHANGES, each with a loader that changes it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in CHANGES:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Changing(spec.loader)
        return spec


class _Changing(Loader):
    """A loader that changes its module as CHANGES says; unchanged if that does not fit."""

    def __init__(self, stock: Loader) -> None:
        self._stock = stock

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._stock.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = module.__loader__ = self._stock
        what, change = CHANGES[module.__name__]
        # Errors in the module itself are not caught as a misfit.
        if change in (_import_late, _import_sources_late):
            apply_or_fall_back(
                what, GREAT_EXPECTATIONS, lambda: change(module), lambda: self._stock.exec_module(module)
            )
        else:
            self._stock.exec_module(module)
            apply_or_fall_back(what, GREAT_EXPECTATIONS, lambda: change(module), lambda: None)


def _import_late(package: ModuleType) -> None:
    """Replace a package that only imports names from its modules: import each on first access. Raises PatchMismatch if
    the package does anything else."""
    loader = package.__loader__
    source = loader.get_source(package.__name__) if isinstance(loader, InspectLoader) else None
    if source is None:
        raise PatchMismatch(f"{package.__name__} has no source")
    places: dict[str, str] = {}
    for node in ast.parse(source).body:
        if not isinstance(node, ast.ImportFrom) or node.module is None or any(name.asname for name in node.names):
            raise PatchMismatch(f"{package.__name__} does more than import")
        place = f"{package.__name__}.{node.module}" if node.level else node.module
        places |= {name.name: place for name in node.names}

    _find_late(package, places)


def _import_sources_late(package: ModuleType) -> None:
    """Import the data sources of SQL, Spark and clouds on first access. Raises PatchMismatch if there are none."""
    loader = package.__loader__
    source = loader.get_source(package.__name__) if isinstance(loader, InspectLoader) else None
    tree = ast.parse(source or "")
    late = [
        node for node in tree.body if isinstance(node, ast.ImportFrom) and _SOURCES_UNUSED.search(node.module or "")
    ]
    places = {name.name: node.module for node in late if node.module for name in node.names if not name.asname}
    if not places:
        raise PatchMismatch(f"{package.__name__} imports its data sources in another way")
    tree.body = [node for node in tree.body if node not in late]
    _find_late(package, places)
    exec(compile(tree, str(package.__file__), "exec"), package.__dict__)


def _find_late(package: ModuleType, places: Mapping[str, str]) -> None:
    """Make a package import a name from its module in `places` on first access."""

    def found(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {package.__name__!r} has no attribute {name!r}")
        value = getattr(import_module(places[name]), name)
        setattr(package, name, value)
        return value

    package.__dict__["__getattr__"] = found
    package.__dict__["__dir__"] = lambda: sorted({*package.__dict__, *places})


def _configure_once(module: ModuleType) -> None:
    """Make an expectation read its fields for keywords, and serve as its own copy where metrics look for keywords."""
    expectation = module.Expectation
    sources = "".join(inspect.getsource(getattr(expectation, name)) for name in _METHODS)
    if hashlib.sha256(sources.encode()).hexdigest() != _SOURCES:
        raise PatchMismatch("its expectations look up keywords in another way")

    def looked_up(of: Any, keys: Sequence[str]) -> dict[str, Any]:
        found = {key: _value(of, key) for key in keys}
        if all(_plain(value) for value in found.values()):
            return found
        given = of.configuration.kwargs
        return {key: given.get(key, of._get_default_value(key)) for key in keys}

    def domain(self: Any) -> dict[str, Any]:
        return looked_up(self, self.domain_keys)

    def success(self: Any) -> dict[str, Any]:
        return looked_up(self, (*self.success_keys, *self.domain_keys))

    stock = expectation._get_success_kwarg

    def one(self: Any, key: str, default: Any = None) -> Any:
        field = self.__fields__.get(key)
        # The library reports an unknown key.
        return stock(self, key, default) if field is None else looked_up(self, (key,))[key]

    for name, method in zip(_METHODS, (domain, success, one), strict=True):
        setattr(expectation, name, method)
    _serve_as_copy(module)


def _value(of: Any, key: str) -> Any:
    """Return the value of an expectation's field. An equal default comes first, since a configuration omits it."""
    field = of.__fields__.get(key)
    if field is None:
        return of._get_default_value(key)
    value = getattr(of, key)
    return field.default if not field.required and field.default == value else value


def _plain(value: Any) -> bool:
    """Whether pydantic's `dict` would give the value of a field unchanged."""
    return value is None or type(value) in (str, int, float, bool) or isinstance(value, Enum)


def _serve_as_copy(module: ModuleType) -> None:
    """Give metrics the expectation whose configuration was built last, instead of one made from that configuration."""
    expectation, stock = module.Expectation, module.get_metric_kwargs
    build = expectation.configuration.fget
    last: tuple[Any, Any] = (None, None)

    def built(self: Any) -> Any:
        nonlocal last
        last = (build(self), self)
        return last[0]

    def keywords(
        metric_name: str, configuration: Any = None, runtime_configuration: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        known, origin = last
        if configuration is not None and configuration is known:
            configuration = SimpleNamespace(kwargs=configuration.kwargs, to_domain_obj=lambda: origin)
        return stock(metric_name, configuration, runtime_configuration)  # type: ignore[no-any-return]

    expectation.configuration = property(built)
    module.__dict__["get_metric_kwargs"] = keywords


def _generate_nothing(module: ModuleType) -> None:
    """Make no asset for the file formats that pandas reads: only frames are checked."""
    if "_generate_pandas_data_asset_models" not in module.__dict__:
        raise PatchMismatch("it makes its assets in another way")
    module.__dict__["_generate_pandas_data_asset_models"] = lambda *_, **__: {}


def _trust_suites(module: ModuleType) -> None:
    """Do not compare a suite in memory with what was stored of it."""
    suite, fresh = module.ExpectationSuite, module.ExpectationSuiteFreshnessDiagnostics
    if "_is_fresh" not in dir(suite):
        raise PatchMismatch("its suites are compared in another way")
    suite._is_fresh = lambda self: fresh(errors=[])


def _convert_less(module: ModuleType) -> None:
    """Make ids of keywords without a converted copy where all values are plain."""
    convert = module.convert_to_json_serializable

    def converted(data: dict[str, Any]) -> Any:
        return data if all(v is None or type(v) in (str, int, bool) for v in data.values()) else convert(data=data)

    module.__dict__["convert_to_json_serializable"] = converted


def _compile_once(module: ModuleType) -> None:
    """Share compiled templates between views within this process, without checking whether they have changed."""
    from jinja2 import BytecodeCache
    from jinja2.bccache import Bucket

    class Compiled(BytecodeCache):
        def __init__(self) -> None:
            self.known: dict[str, bytes] = {}

        def load_bytecode(self, bucket: Bucket) -> None:
            if bucket.key in self.known:
                bucket.bytecode_from_string(self.known[bucket.key])

        def dump_bytecode(self, bucket: Bucket) -> None:
            self.known[bucket.key] = bucket.bytecode_to_string()

    module.__dict__["Environment"] = partial(module.Environment, bytecode_cache=Compiled(), auto_reload=False)


def _keep_results(module: ModuleType) -> None:
    """Store the result of a suite that passed as it is, in memory: as JSON, it is converted twice, and parsed for its
    page. A failed one is stored as JSON, which gives its values the form that the page shows."""
    store = module.ValidationResultsStore
    if not {"serialize", "deserialize"} <= vars(store).keys():
        raise PatchMismatch("it stores results in another way")
    serialize, deserialize = store.serialize, store.deserialize
    store.serialize = lambda self, value: (value,) if value.success else serialize(self, value)
    store.deserialize = lambda self, value: value[0] if isinstance(value, tuple) else deserialize(self, value)


def _skip_config_save(module: ModuleType) -> None:
    """Stop a context in memory from writing its configuration, which nothing reads."""
    context = module.EphemeralDataContext
    if "_save_project_config" not in dir(context):
        raise PatchMismatch("its context saves its configuration in another way")
    context._save_project_config = lambda self: None


# Module -> description of the change for the log, and the function that makes it.
CHANGES: dict[str, tuple[str, Execute]] = {
    "great_expectations.expectations": ("the late import of expectations", _import_late),
    "great_expectations.expectations.core": ("the late import of expectations", _import_late),
    "great_expectations.expectations.expectation": ("the expectations' quick look-up of keywords", _configure_once),
    "great_expectations.datasource.fluent": ("the late import of data sources", _import_sources_late),
    "great_expectations.datasource.fluent.dynamic_pandas": ("the assets of frames alone", _generate_nothing),
    "great_expectations.core.expectation_suite": ("suites that are trusted", _trust_suites),
    "great_expectations.core.id_dict": ("the ids of plain keywords", _convert_less),
    "great_expectations.data_context.data_context.ephemeral_data_context": (
        "the context in memory that saves nothing",
        _skip_config_save,
    ),
    "great_expectations.data_context.store.validation_results_store": ("the results kept as they are", _keep_results),
    "great_expectations.render.view.view": ("the shared templates of data docs", _compile_once),
}
