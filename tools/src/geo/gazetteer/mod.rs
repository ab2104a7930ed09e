//! The world gazetteer that navig carries with it.
