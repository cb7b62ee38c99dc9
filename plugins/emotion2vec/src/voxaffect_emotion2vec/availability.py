"""Whether the weights are on this machine, without opening them."""

from __future__ import annotations

from voxaffect.weights import WeightsMissingError, find_weights

from voxaffect_emotion2vec.weights import CATALOGUE, DEFAULT_VARIANT


def missing_weights() -> str | None:
    """What to type where the default weights are not there; None where they are."""
    try:
        found = find_weights(CATALOGUE.find(DEFAULT_VARIANT))
    except WeightsMissingError as error:
        return str(error)
    return None if found else f"needs weights: voxaffect weights fetch {DEFAULT_VARIANT}"
