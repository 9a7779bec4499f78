"""Speed of prediction on this machine, compared with a plain version written from the paper."""
