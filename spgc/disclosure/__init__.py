"""What scores that are shown give away of hidden labels, and the ladder, which slows that down.

Works on sets with class sizes and on labels as whole numbers from 0; knows no challenge's classes.
"""
