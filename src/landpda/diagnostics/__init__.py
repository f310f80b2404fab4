"""Was it any good: numbers about an answer and sentences for its reader; one diagnostic a file, pure functions of arrays."""
