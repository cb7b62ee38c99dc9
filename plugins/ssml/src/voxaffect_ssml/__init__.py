"""Prosody as SSML, in the dialect of the engine that will read it."""

from voxaffect_ssml.dialect_table import read_dialect
from voxaffect_ssml.dialects import DIALECTS, Attribute, Dialect
from voxaffect_ssml.renderer import SsmlRenderer

__all__ = ["DIALECTS", "Attribute", "Dialect", "SsmlRenderer", "read_dialect"]
