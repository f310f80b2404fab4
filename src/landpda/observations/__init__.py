"""What was seen: streams of data, how a model sees them (operators), and how far to trust them (errors)."""
