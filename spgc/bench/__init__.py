"""How fast prediction is on this machine, beside what one would write from the paper alone."""
