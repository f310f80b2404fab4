"""Where and how things run: checkpoints that survive a crash."""
