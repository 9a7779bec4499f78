"""Winter: DenseNet-121 on masked slices with enough lung, then the three surest of each class.

Pan, Yan, Li: Diagnosis of COVID-19 Based On Slice-level CT Scans Classification, 2021; ninth of the
challenge. docs/systems/winter.md says what is theirs and what was chosen here.
"""
