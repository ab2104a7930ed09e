//! Model files that navig can fetch, and where they lie.
