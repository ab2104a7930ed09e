//! What reports look like, and that nothing which a photo says can act on those who read them.

mod fixtures;
mod formats;
mod hostile;
mod page;
mod schemas;
