"""`ethics demo`: a believable class in every state of the loop. Its texts are YAML beside this file."""
