"""Methods that draw from the posterior."""
