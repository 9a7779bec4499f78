"""The calls of `import spgc`: one function for each thing to do, results that show themselves."""
