"""How to answer: one file a method, none of which imports another."""
