"""Break-glass: an administrator opens one named thing, with a reason, and its writer and the director are told."""
