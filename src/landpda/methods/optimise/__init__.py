"""Methods that look for the lowest cost."""
