"""Proves that every number a reader sees on a page is in the data the page was made from.

`folding` makes one spelling of many, `figures` reads the figures of a text, `evidence` collects what the data
holds, `check` compares the two.
"""
