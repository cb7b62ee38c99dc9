from .flavours import FLAVOURS, Flavour
from .renderer import RvcRenderer

__all__ = ["FLAVOURS", "Flavour", "RvcRenderer"]
