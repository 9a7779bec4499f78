"""CNR-IEMN: four CNNs on slices, then XGBoost on what they say about a whole scan.

Bougourzi et al., Sensors 2021, 21(17), 5878. Where the paper is silent, docs/paper-choices.md says
what was chosen and why.
"""
