"""A network's weights: published checkpoints, read without executing anything, and where they are kept.

A plugin describes its weights in a `Catalogue` and names it in `Component.weights`; `voxaffect weights` does
the rest, and the plugin calls `load_weights`.
"""

from voxaffect.weights.catalogue import Catalogue, Source, Variant
from voxaffect.weights.convert import read_checkpoint, read_tensors
from voxaffect.weights.errors import CheckpointError, WeightsError, WeightsMissingError
from voxaffect.weights.folder import Weights, read_folder, write_folder
from voxaffect.weights.store import Found, cache_folder, find_weights, load_weights, locate_weights

__all__ = [
    "Catalogue",
    "CheckpointError",
    "Found",
    "Source",
    "Variant",
    "Weights",
    "WeightsError",
    "WeightsMissingError",
    "cache_folder",
    "find_weights",
    "load_weights",
    "locate_weights",
    "read_checkpoint",
    "read_folder",
    "read_tensors",
    "write_folder",
]
