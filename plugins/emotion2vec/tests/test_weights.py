"""The catalogue of published weights, and how their names become the network's."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from voxaffect.weights import CheckpointError, Variant
from voxaffect.weights.mapping import map_parameters
from voxaffect_emotion2vec.checkpoint_keys import parameter_name, read_labels
from voxaffect_emotion2vec.weights import CATALOGUE, DEFAULT_VARIANT

A = "modality_encoders.AUDIO."
BASE = CATALOGUE.find("emotion2vec_base_finetuned")
VARIANTS = pytest.mark.parametrize("variant", CATALOGUE.variants, ids=lambda variant: variant.name)

NINE = ("angry", "disgusted", "fearful", "happy", "neutral", "other", "sad", "surprised", "<unk>")
TOKENS = (
    "生气/angry\n厌恶/disgusted\n恐惧/fearful\n开心/happy\n中立/neutral\n"
    "其他/other\n难过/sad\n吃惊/surprised\n<unk>"
)
OLD_TOKENS = "生气/angry\nunuse_0\nunuse_1\n开心/happy\n中立/neutral\nunuse_2\n难过/sad\nunuse_3\n<unk>"


def test_there_are_the_five_that_were_published() -> None:
    assert {variant.name for variant in CATALOGUE.variants} == {
        "emotion2vec_base",
        "emotion2vec_base_finetuned",
        "emotion2vec_plus_seed",
        "emotion2vec_plus_base",
        "emotion2vec_plus_large",
    }
    assert CATALOGUE.find(DEFAULT_VARIANT).labels is not None


@pytest.mark.parametrize(
    ("name", "n_tensors", "millions"),
    [
        ("emotion2vec_base", 183, 93.2),
        ("emotion2vec_base_finetuned", 185, 93.2),
        ("emotion2vec_plus_seed", 185, 93.2),
        ("emotion2vec_plus_base", 185, 93.2),
        ("emotion2vec_plus_large", 185, 162.1),
    ],
)
def test_each_has_the_parameters_of_its_paper(name: str, n_tensors: int, millions: float) -> None:
    shapes = CATALOGUE.shapes(CATALOGUE.find(name).config)
    assert len(shapes) == n_tensors
    assert sum(math.prod(shape) for shape in shapes.values()) / 1e6 == pytest.approx(millions, abs=0.05)


@VARIANTS
def test_a_commit_is_pinned_wherever_the_hub_has_commits(variant: Variant) -> None:
    for source in variant.sources:
        assert source.hub != "huggingface" or re.fullmatch("[0-9a-f]{40}", source.revision)
        assert source.sha256 is None or re.fullmatch("[0-9a-f]{64}", source.sha256)


@VARIANTS
def test_the_terms_name_the_source_and_what_is_not_known(variant: Variant) -> None:
    assert variant.terms.startswith(variant.sources[0].repository)
    assert "not settled" in variant.terms


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (f"d2v_model.{A}extra_tokens", f"{A}extra_tokens"),
        ("module.d2v_model.blocks.7.attn.qkv.weight", "blocks.7.attn.qkv.weight"),
        ("module.proj.weight", "proj.weight"),
        ("proj.bias", "proj.bias"),
        (f"{A}context_encoder.norm.weight", f"{A}context_encoder.norm.weight"),
        (f"d2v_model.{A}decoder.blocks.0.0.weight", None),
        ("d2v_model.decoder.proj.weight", None),
        ("blocks.0.module.weight", "blocks.0.module.weight"),
    ],
)
def test_prefixes_go_and_the_decoder_with_them(key: str, name: str | None) -> None:
    assert parameter_name(key) == name


def published() -> dict[str, np.ndarray]:
    """Empty tensors (one value repeated) with the names and shapes of a published checkpoint."""
    shapes = CATALOGUE.shapes(BASE.config)
    tensors = {
        ("" if name.startswith("proj.") else "d2v_model.") + name: np.broadcast_to(np.float32(0), shape)
        for name, shape in shapes.items()
    }
    return tensors | {f"d2v_model.{A}decoder.proj.weight": np.zeros((768, 384), np.float32)}


@pytest.mark.parametrize(
    "forgotten",
    [
        f"{A}extra_tokens",
        f"{A}alibi_scale",
        f"{A}context_encoder.norm.weight",
        f"{A}context_encoder.blocks.3.mlp.fc2.bias",
        f"{A}relative_positional_encoder.5.0.bias",
        "blocks.7.norm2.weight",
        "proj.bias",
    ],
)
def test_a_checkpoint_that_lacks_a_part_is_refused_by_its_name(forgotten: str) -> None:
    tensors = {key: value for key, value in published().items() if parameter_name(key) != forgotten}
    with pytest.raises(CheckpointError, match=f"missing: {re.escape(forgotten)}$"):
        map_parameters(tensors, CATALOGUE.shapes(BASE.config), CATALOGUE.rename)


def test_a_checkpoint_of_another_size_or_with_more_in_it_is_refused() -> None:
    large = CATALOGUE.shapes(CATALOGUE.find("emotion2vec_plus_large").config)
    with pytest.raises(CheckpointError, match=r"misshapen: .* and \d+ more"):
        map_parameters(published(), large, CATALOGUE.rename)
    extra = published() | {"d2v_model.blocks.8.norm1.weight": np.zeros(768, np.float32)}
    with pytest.raises(CheckpointError, match=r"unmapped: d2v_model\.blocks\.8\.norm1\.weight$"):
        map_parameters(extra, CATALOGUE.shapes(BASE.config), CATALOGUE.rename)


@pytest.mark.parametrize(("text", "labels"), [(TOKENS, NINE), (TOKENS.replace("\n", "\r\n") + "\n\n", NINE)])
def test_labels_are_read_in_order_and_in_english(text: str, labels: tuple[str, ...]) -> None:
    assert read_labels(text) == labels


def test_outputs_that_were_never_trained_keep_their_places() -> None:
    labels = read_labels(OLD_TOKENS)
    assert len(labels) == 9
    assert [number for number, label in enumerate(labels) if label.startswith("unuse")] == [1, 2, 5, 7]


@pytest.mark.parametrize("text", ["", "\n \n", "angry\nangry"])
def test_a_file_without_labels_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no names of classes"):
        read_labels(text)
