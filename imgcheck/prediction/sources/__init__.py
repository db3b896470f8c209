"""Which lines, identifiers and strings of which file go when features are switched off?

How the stages are strung together (the caller reads the files, nothing here does):

    tree = Tree({path: preprocessor.decode(data), …}, preprocessor.parse, include_dirs)
    settings: FeatureSettings = …                       # of the policy: defines, pattern
    configured = features(tree, settings, settings.config)      -> Configuration
    configured.features["ENABLE_DRIVER_SSDP"]                   -> FeatureDefine(name, path, line, …)
    differences = Differences(configured)
    differences.changes({"ENABLE_DRIVER_SSDP"}, sources)        -> {path: SourceChange}
    differences.included("src/driver/drv_main.c")               -> headers whose changes count for that object
    patch(configured, {"ENABLE_DRIVER_SSDP"})                   -> unified diff that `git apply` takes
    switched_off(configured, "ENABLE_DRIVER_SSDP")              -> the line as it is after the patch
    slips(configured)                                           -> guards that were commented out

All raise FormatError for a file that cannot be preprocessed (naming file and line) and UndecidedError for a
header or feature that is not there. Paths are the keys that `Tree` was given.
"""

from imgcheck.prediction.sources.changes import Differences, SourceChange
from imgcheck.prediction.sources.features import Configuration, FeatureDefine, features
from imgcheck.prediction.sources.patches import Slip, patch, slips, switched_off
from imgcheck.prediction.sources.tree import Tree

__all__ = [
    "Configuration",
    "Differences",
    "FeatureDefine",
    "Slip",
    "SourceChange",
    "Tree",
    "features",
    "patch",
    "slips",
    "switched_off",
]
