"""Being here puts this folder on the path: what makes test files (otafiles) is shared by all below."""

import os

from hypothesis import settings

# What CI says of a commit depends on the commit only; new examples are looked for everywhere else.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
