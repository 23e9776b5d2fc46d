"""What every part of the console stands on: workspace, jobs, actions, links, text, theme."""
