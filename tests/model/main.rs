//! Models behind their contract: servers and recordings.

mod asks;
mod http;
mod replay;
