"""Charts as SVG text: one kind a file, arrays in, markup out."""
