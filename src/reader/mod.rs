//! Text in the picture.
