//! The `navig` binary.

fn main() {}
