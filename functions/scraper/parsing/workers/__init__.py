"""What runs in the child: one module for each library that reads foreign bytes, each started by `python -m`."""
