"""What if these features were off? Differential preprocessing, the link replayed, what is left packed."""
