"""Methods that move an ensemble by its own covariances: no derivative of the model is needed."""
