"""For organisers and teachers: a challenge from a label file, its check, and its ranking."""
