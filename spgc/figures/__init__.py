"""The figures of the paper, drawn again from the user's own data, model and runs."""
