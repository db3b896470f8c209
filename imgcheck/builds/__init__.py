"""The files of one build: one Image with every byte once, one graph of its references, one OTA artefact."""
