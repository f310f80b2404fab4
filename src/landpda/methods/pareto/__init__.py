"""Methods that set streams against one another."""
