"""LLSCP-like: 3-D ResNets on volume and lung mask in two stages, after an abstract.

Yang, Hou, Chen, Zhang, Chen, ICASSP 2021, pp. 8578-8582; third of the challenge.
docs/systems/llscp-like.md says what is theirs and what was chosen here.
"""
