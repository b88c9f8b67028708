"""Great Expectations' modules, changed at import so that they do the same at less cost.

- Of 60 expectation classes, each built by pydantic at import, eight are used: import a class on first access (0.4 CPU
  seconds).
- An expectation builds its whole configuration, a deep copy, for each keyword looked up: build it once for all keywords
  (27,000 configurations in a build become 13,000).
- The three kinds of pages compile the same 19 templates separately: compile them once.
- A context in memory writes its configuration as YAML, to memory, with each suite and each frame: skip it.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from importlib.abc import InspectLoader, Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from assets.patches import GREAT_EXPECTATIONS, Unfit, fitting

type Execute = Callable[[ModuleType], None]

# SHA-256 of the concatenated sources of the replaced methods.
_METHODS = ("_get_domain_kwargs", "_get_success_kwargs", "_get_success_kwarg")
_SOURCES = "3b13d0289a14ff7517cdb72164e884e0c2a0e5b4697d4f9c81724ed597014db5"


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
        if change is _import_late:
            fitting(what, GREAT_EXPECTATIONS, lambda: change(module), lambda: self._stock.exec_module(module))
        else:
            self._stock.exec_module(module)
            fitting(what, GREAT_EXPECTATIONS, lambda: change(module), lambda: None)


def _import_late(package: ModuleType) -> None:
    """Replace a package that only imports names from its modules: import each on first access. Raises Unfit if the
    package does anything else."""
    loader = package.__loader__
    source = loader.get_source(package.__name__) if isinstance(loader, InspectLoader) else None
    if source is None:
        raise Unfit(f"{package.__name__} has no source")
    places: dict[str, str] = {}
    for node in ast.parse(source).body:
        if not isinstance(node, ast.ImportFrom) or node.module is None or any(name.asname for name in node.names):
            raise Unfit(f"{package.__name__} does more than import")
        place = f"{package.__name__}.{node.module}" if node.level else node.module
        places |= {name.name: place for name in node.names}

    def found(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {package.__name__!r} has no attribute {name!r}")
        value = getattr(import_module(places[name]), name)
        setattr(package, name, value)
        return value

    package.__dict__["__getattr__"] = found
    package.__dict__["__dir__"] = lambda: sorted({*package.__dict__, *places})


def _configure_once(module: ModuleType) -> None:
    """Make an expectation build its configuration once for all keywords."""
    expectation = module.Expectation
    sources = "".join(inspect.getsource(getattr(expectation, name)) for name in _METHODS)
    if hashlib.sha256(sources.encode()).hexdigest() != _SOURCES:
        raise Unfit("its expectations look up keywords in another way")

    def looked_up(of: Any, keys: Sequence[str], given: dict[str, Any]) -> dict[str, Any]:
        return {key: given.get(key, of._get_default_value(key)) for key in keys}

    def domain(self: Any) -> dict[str, Any]:
        return looked_up(self, self.domain_keys, self.configuration.kwargs)

    def success(self: Any) -> dict[str, Any]:
        given = self.configuration.kwargs
        return looked_up(self, self.success_keys, given) | looked_up(self, self.domain_keys, given)

    stock = expectation._get_success_kwarg

    def one(self: Any, key: str, default: Any = None) -> Any:
        given = self.configuration.kwargs
        if key in given:
            return given[key]
        field = self.__fields__.get(key)
        if field is None:  # the library reports it
            return stock(self, key, default)
        return default if field.required else field.default

    for name, method in zip(_METHODS, (domain, success, one), strict=True):
        setattr(expectation, name, method)


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


def _save_nothing(module: ModuleType) -> None:
    """Stop a context in memory from writing its configuration, which nothing reads."""
    context = module.EphemeralDataContext
    if "_save_project_config" not in dir(context):
        raise Unfit("its context saves its configuration in another way")
    context._save_project_config = lambda self: None


# Module -> description of the change for the log, and the function that makes it.
CHANGES: dict[str, tuple[str, Execute]] = {
    "great_expectations.expectations": ("the late import of expectations", _import_late),
    "great_expectations.expectations.core": ("the late import of expectations", _import_late),
    "great_expectations.expectations.expectation": ("the expectations' quick look-up of keywords", _configure_once),
    "great_expectations.data_context.data_context.ephemeral_data_context": (
        "the context in memory that saves nothing",
        _save_nothing,
    ),
    "great_expectations.render.view.view": ("the shared templates of data docs", _compile_once),
}
