//! What lies at the bottom of an error.

/// The cause that says most: the outer layers of a failed transfer only repeat its address.
pub(crate) fn innermost(error: &dyn std::error::Error) -> String {
    let mut at = error;
    while let Some(source) = at.source() {
        at = source;
    }
    at.to_string()
}
