"""What a chip fixes; one constant per file, and the registry of them by name."""

from __future__ import annotations

from collections.abc import Mapping

from imgcheck.model import Soc
from imgcheck.socs.bl602 import BL602

SOCS: Mapping[str, Soc] = {BL602.name: BL602}
