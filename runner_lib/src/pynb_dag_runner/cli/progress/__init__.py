"""What a person or a build sees while a run goes on: a live view, lines, or lines with annotations for GitHub."""
