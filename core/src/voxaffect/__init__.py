"""Hear emotion in speech, and express emotion as prosody.

The names and where they come from stand in `__init__.pyi`; each module is imported when a name of it is
first used, so that listing plugins costs no more than it must.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
