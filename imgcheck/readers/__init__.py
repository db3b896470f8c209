"""Bytes in, that format's own records out; one module per format."""
