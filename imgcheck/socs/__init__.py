"""What a chip fixes; one constant per file."""
