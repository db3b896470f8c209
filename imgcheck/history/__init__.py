"""What changed from one build to the next, and what each was made of."""
