"""One verb a file: its function `verb` is the command, its docstring the help. Nothing heavy is imported at the top."""
