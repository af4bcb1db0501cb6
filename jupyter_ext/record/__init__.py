"""What stays of a deploy in the notebook when widget and kernel are gone, and how a cell draws it while it waits."""
