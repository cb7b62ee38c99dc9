"""Prosody as the arguments of RVC voice conversion packages."""

import lazy_loader

# What is in __init__.pyi, imported when it is first used: listing plugins needs none of it.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
