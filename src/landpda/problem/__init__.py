"""The question: a problem, and wrappers that make another problem of it; one a file."""
