"""What predicts: models of the land surface, written so that they can be differentiated. One folder a model."""
