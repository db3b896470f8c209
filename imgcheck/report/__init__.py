"""What was found, in tables and words, so that emitters only write."""
