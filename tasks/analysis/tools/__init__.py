"""One module per analyser; `tasks.analysis.registry` lists them."""
