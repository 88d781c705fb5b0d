"""The social networks, all of one in one folder, its files named alike in each.

The port is in port.py; the registry says which networks there are. Decision 0019.
"""
