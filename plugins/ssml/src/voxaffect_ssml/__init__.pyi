from .dialect_table import read_dialect
from .dialects import DIALECTS, Attribute, Dialect
from .renderer import SsmlRenderer

__all__ = ["DIALECTS", "Attribute", "Dialect", "SsmlRenderer", "read_dialect"]
