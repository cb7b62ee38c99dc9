"""Prosody applied to speech that is there already; what other renderers of audio can share is here too."""

import sys

if "pytest" in sys.modules:
    import pytest

    # Without this, a failed assertion of the contract, which is in no test module, shows no values.
    pytest.register_assert_rewrite(f"{__name__}.testing")
