"""Methods that fit a simple distribution to the posterior."""
