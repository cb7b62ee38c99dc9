"""Emotion and prosody as delivery instructions and as the controls of expressive synthesisers."""

from voxaffect_instruct.renderer import InstructRenderer
from voxaffect_instruct.targets import TARGETS, Target

__all__ = ["TARGETS", "InstructRenderer", "Target"]
