"""Files that users already hold, read into one form: canonical names and units on the start of each step."""
