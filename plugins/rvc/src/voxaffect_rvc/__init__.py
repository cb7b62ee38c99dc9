"""Prosody as the arguments of RVC voice conversion packages."""

from voxaffect_rvc.flavours import FLAVOURS, Flavour
from voxaffect_rvc.renderer import RvcRenderer

__all__ = ["FLAVOURS", "Flavour", "RvcRenderer"]
