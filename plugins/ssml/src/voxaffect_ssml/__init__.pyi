from .dialect_table import read_dialect
from .dialects import DIALECTS, Attribute, Dialect, Number
from .renderer import SsmlRenderer

__all__ = ["DIALECTS", "Attribute", "Dialect", "Number", "SsmlRenderer", "read_dialect"]
