"""Being here puts this folder on the path: what makes test files (otafiles) is shared by all below."""
