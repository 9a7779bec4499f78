"""The regression gate: has a model, or the code around it, become worse than its baseline?"""
