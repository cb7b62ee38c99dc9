"""The five published sets of weights of emotion2vec, on what terms, and where they are.

Revisions are those of the hubs' pages as they stood in 2024-2026; nobody has published checksums.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
from voxaffect.weights import Catalogue, Source, Variant

from voxaffect_emotion2vec.checkpoint_keys import parameter_name, read_labels
from voxaffect_emotion2vec.config import Emotion2vecConfig, parameter_shapes

DEFAULT_VARIANT = "emotion2vec_plus_base"

TERMS = """\
{repository}: weights by Ziyang Ma and others (Shanghai Jiao Tong University, Alibaba), arXiv:2312.15185.
{card}
The FunASR Model Open Source License (github.com/modelscope/FunASR, MODEL_LICENSE) allows use, copying,
change and sharing, asks to name the source and the authors and to keep the model's name, and says that the
models are for reference and learning only; its maintainers answer that commercial use is allowed.
The authors' code is under the MIT licence, which says nothing of the weights. What holds for the weights
is not settled: github.com/ddlBoJack/emotion2vec/issues/78 asks, without an answer. Some of the corpora
behind them, such as IEMOCAP, were given for research only.
voxaffect is not the licensor and gives no licence to these weights.
"""

BOTH_CARDS = """\
Its card at Hugging Face says "license: other, model-license" and points to the FunASR repository; its card
at ModelScope says "Apache License 2.0"."""

MODELSCOPE_CARD = """\
It is at ModelScope only; the cards of its sisters there say "Apache License 2.0", its own was not seen."""


def _shapes(config: Mapping[str, Any]) -> Mapping[str, tuple[int, ...]]:
    return parameter_shapes(Emotion2vecConfig(**config))


def _variant(
    name: str,
    summary: str,
    *,
    huggingface_commit: str | None = None,
    modelscope_revision: str = "master",
    checkpoint: str = "model.pt",
    labels: str | None = "tokens.txt",
    download_bytes: int = 1_120_000_000,
    config: Emotion2vecConfig = Emotion2vecConfig(),  # noqa: B008  (frozen)
) -> Variant:
    sources = [Source(hub="modelscope", repository=f"iic/{name}", revision=modelscope_revision)]
    if huggingface_commit is not None:
        sources.insert(
            0, Source(hub="huggingface", repository=f"emotion2vec/{name}", revision=huggingface_commit)
        )
    return Variant(
        name=name,
        summary=summary,
        licence="unsettled: FunASR's or Apache-2.0",
        terms=TERMS.format(
            repository=sources[0].repository,
            card=MODELSCOPE_CARD if huggingface_commit is None else BOTH_CARDS,
        ),
        config=attrs.asdict(config),
        checkpoint=checkpoint,
        download_bytes=download_bytes,
        labels=labels,
        sources=tuple(sources),
    )


CATALOGUE = Catalogue(
    model="emotion2vec",
    shapes=_shapes,
    rename=parameter_name,
    read_labels=read_labels,
    variants=(
        _variant(
            "emotion2vec_plus_base",
            "nine classes; trained on 4,788 hours of pseudo-labelled speech",
            huggingface_commit="b318240bfe67db81a8c572ecb37ce9c3759b81c9",
        ),
        _variant(
            "emotion2vec_plus_large",
            "nine classes; trained on 42,526 hours of pseudo-labelled speech",
            huggingface_commit="6c303ba987b86b93193de93e34bb2b077a6bedc4",
            download_bytes=1_950_000_000,
            config=Emotion2vecConfig(dim=1024, n_heads=16),
        ),
        _variant(
            "emotion2vec_plus_seed",
            "nine classes; trained on 201 hours of academic corpora",
            # Not the newest: the newest commit whose list of files is known to have the checkpoint.
            huggingface_commit="7be9a30d52bdc793cc24e6f7d25358d6648927c1",
        ),
        _variant(
            "emotion2vec_base_finetuned",
            "nine classes; the first one with a head, of January 2024",
            modelscope_revision="v2.0.4",
        ),
        _variant(
            "emotion2vec_base",
            "embeddings only, without a head",
            huggingface_commit="0c9a3152734f9d7a7a05b4ee6bfb3c109d288664",
            modelscope_revision="v2.0.4",
            checkpoint="emotion2vec_base.pt",
            labels=None,
            download_bytes=1_130_000_000,
            config=Emotion2vecConfig(n_classes=0),
        ),
    ),
)
