//! What words, numbers and scripts on signs say about a place.
