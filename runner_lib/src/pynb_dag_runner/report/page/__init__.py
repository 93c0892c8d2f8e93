"""One pipeline run as one HTML file: no request, no script, readable wherever a browser is."""
