"""The nouns: what the stages of the flow hand to each other."""
