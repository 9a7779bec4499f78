"""Model folders: model.json, the hash of a trained model, and what it was trained on."""
