"""The stages in order, for scripts and for the command line."""
