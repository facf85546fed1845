"""A business's own folder: made by `init`, read for its cadences and templates, checked."""
