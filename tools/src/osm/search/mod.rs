//! Names, classes and tags that stand in a relation to each other.
