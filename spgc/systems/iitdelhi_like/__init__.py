"""A design after IITDelhi's abstract: features of all slices, four classifiers, stacking."""
