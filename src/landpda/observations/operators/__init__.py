"""Observation operators H: from model outputs to what an instrument reports; one a file."""
