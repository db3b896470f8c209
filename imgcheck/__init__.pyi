from imgcheck.api.door import check as check
from imgcheck.api.door import diff as diff
from imgcheck.api.door import features as features
from imgcheck.api.door import identify as identify
from imgcheck.api.door import plan as plan
from imgcheck.api.door import report as report

__version__: str
__all__ = ["__version__", "check", "diff", "features", "identify", "plan", "report"]
