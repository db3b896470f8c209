"""One question per module, pure functions over the model."""
