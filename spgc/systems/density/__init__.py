"""Lung density and nothing else: what any system with a network has to beat.

A histogram of the HU values inside the lungs, by thirds of the scan, and a logistic regression.
Trains in seconds without a GPU and never loads torch.
"""
