"""Features of a pretrained 3-D chest CT encoder, principal components, logistic regression."""
