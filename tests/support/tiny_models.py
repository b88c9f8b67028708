"""Small models that tests make: an ONNX token classifier that looks up each token's label, and a GLiNER."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

# ONNX's numbers for tensor types.
FLOAT, INT8, INT64 = 1, 3, 7


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _field(number: int, value: int | bytes | str) -> bytes:
    """Encode a field of protobuf: a number, or bytes with their length."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    content = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _tensor(name: str, values: np.ndarray, kind: int) -> bytes:
    dims = b"".join(_field(1, size) for size in values.shape)
    return dims + _field(2, kind) + _field(8, name) + _field(9, values.tobytes())


def _value(name: str, kind: int, dims: Sequence[str | int]) -> bytes:
    shape = b"".join(_field(1, _field(2 if isinstance(dim, str) else 1, dim)) for dim in dims)
    return _field(1, name) + _field(2, _field(1, _field(1, kind) + _field(2, shape)))


def _node(kind: str, inputs: Sequence[str], output: str) -> bytes:
    return b"".join(_field(1, name) for name in inputs) + _field(2, output) + _field(3, output) + _field(4, kind)


def onnx_model(scores: np.ndarray, *, quantised: bool = False, inputs: Sequence[str] = ()) -> bytes:
    """Encode a model in ONNX's format: scores (tokens, labels) by a token's number -> (batch, length, labels). Its
    weights are floats, or integers of 8 bits with a scale."""
    if quantised:
        scale = np.float32(np.abs(scores).max() / 127)
        weights = _tensor("weights", np.round(scores / scale).astype("int8"), INT8)
        weights = _field(5, weights) + _field(5, _tensor("scale", np.array(scale), FLOAT))
        nodes = _field(1, _node("DequantizeLinear", ("weights", "scale"), "table"))
    else:
        weights, nodes = _field(5, _tensor("table", scores.astype("float32"), FLOAT)), b""
    nodes += _field(1, _node("Gather", ("table", "input_ids"), "logits"))
    given = inputs or ("input_ids", "attention_mask", "token_type_ids")
    values = b"".join(_field(11, _value(name, INT64, ("batch", "length"))) for name in given)
    result = _field(12, _value("logits", FLOAT, ("batch", "length", scores.shape[1])))
    graph = nodes + _field(2, "tiny") + weights + values + result
    return _field(1, 8) + _field(7, graph) + _field(8, _field(1, "") + _field(2, 13))


def classifier(
    folder: Path,
    words: Mapping[str, str],
    labels: Sequence[str],
    *,
    quantised: bool = False,
    metaspace: bool = False,
    positions: int = 512,
) -> Path:
    """Write the folder of a token classifier. It gives each lower-cased word the label that `words` has for it, else
    the first of `labels`. With `metaspace`, tokens begin with the blank before them, and only blanks separate them.
    """
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    vocabulary = {token: number for number, token in enumerate([*marks, *dict.fromkeys(_pieces(words, metaspace))])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", continuing_subword_prefix="##"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = (
        pre_tokenizers.Metaspace(prepend_scheme="always") if metaspace else pre_tokenizers.BertPreTokenizer()
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])]
    )
    scores = np.zeros((len(vocabulary), len(labels)), dtype="float32")
    scores[:, 0] = 1
    for word, label in words.items():
        for piece in _pieces([word], metaspace):
            scores[vocabulary[piece], labels.index(label)] = 3
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_text(tokenizer.to_str(), encoding="utf-8")
    (folder / "model.onnx").write_bytes(onnx_model(scores, quantised=quantised))
    config = {"id2label": dict(enumerate(labels)), "max_position_embeddings": positions, "pad_token_id": 0}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def _pieces(words: Sequence[str] | Mapping[str, str], metaspace: bool) -> Iterator[str]:
    """Yield a word's tokens: its first three letters, and the rest."""
    for word in words:
        first = f"▁{word[:3]}" if metaspace else word[:3]
        yield first.casefold()
        if word[3:]:
            yield f"##{word[3:]}".casefold()


GLINER = '''
"""Stands in for the package gliner: names what gliner_config.json lists, where it is asked for that label."""

import json
from pathlib import Path

ASKED = []


class GLiNER:
    @classmethod
    def from_pretrained(cls, folder, local_files_only=False, **arguments):
        assert local_files_only
        model = cls()
        model.names = json.loads((Path(folder) / "gliner_config.json").read_text())["names"]
        return model

    def batch_predict_entities(self, texts, labels, threshold=0.5):
        ASKED.append((len(texts), tuple(labels)))
        return [
            [
                {"start": text.index(name), "end": text.index(name) + len(name), "text": name, "label": label}
                for name, label in self.names.items()
                if name in text and label in labels
            ]
            for text in texts
        ]
'''


def gliner(folder: Path, names: Mapping[str, str]) -> Path:
    """Write the folder of a GLiNER model for the package that `gliner_package` makes."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "gliner_config.json").write_text(json.dumps({"names": dict(names)}), encoding="utf-8")
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", 2) + b"{}")
    return folder


def gliner_package(site: Path) -> Path:
    """Write a package gliner to a folder for sys.path."""
    (site / "gliner-0.2.0.dist-info").mkdir(parents=True)
    (site / "gliner-0.2.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: gliner\nVersion: 0.2.0\n")
    (site / "gliner.py").write_text(GLINER, encoding="utf-8")
    return site
