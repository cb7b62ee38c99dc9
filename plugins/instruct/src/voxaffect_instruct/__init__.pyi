from .renderer import InstructRenderer
from .targets import TARGETS, Target

__all__ = ["TARGETS", "InstructRenderer", "Target"]
