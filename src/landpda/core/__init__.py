"""The words that all rooms speak."""
