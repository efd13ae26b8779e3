"""Teaching cases: their format and its checker, versions, sync with a folder, and the library."""
