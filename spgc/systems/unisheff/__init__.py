"""UniSheff: one 3-D ResNet for the whole scan, from inflated ImageNet weights, masks inside.

University of Sheffield, fourth of the challenge, and the follow-up of Xue and Abhayaratne (IEEE
Access 2023). docs/systems/unisheff.md says what is theirs and what was chosen here.
"""
