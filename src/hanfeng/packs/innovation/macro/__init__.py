"""Macro series: GDP with its revisions, the digital economy by a stated definition, growth accounting as a band."""
