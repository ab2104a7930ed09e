//! Servers that do what no proper server does.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

/// A server of a few connections; `serve` gets each with its number, its request read.
pub(crate) fn server(connections: usize, mut serve: impl FnMut(usize, TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    thread::spawn(move || {
        for number in 0..connections {
            let (mut stream, _) = listener.accept().expect("a client comes");
            read_request(&mut stream);
            serve(number, stream);
        }
        // Connections that `serve` keeps stay open.
        loop {
            thread::park();
        }
    });
    url
}

/// Reads a request with its body, so that closing the connection is no reset.
fn read_request(stream: &mut TcpStream) {
    let mut seen = Vec::new();
    let mut buffer = [0; 65536];
    loop {
        let n = stream.read(&mut buffer).expect("the client sends");
        seen.extend_from_slice(&buffer[..n]);
        let Some(head) = seen.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
        let length: usize = String::from_utf8_lossy(&seen[..head])
            .lines()
            .filter_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(|l| l.trim().to_owned()))
            .filter_map(|length| length.parse().ok())
            .next()
            .unwrap_or(0);
        if n == 0 || seen.len() >= head + 4 + length {
            return;
        }
    }
}

/// Answers with `body`, of which the header promises `length` bytes. A client that has heard enough may be gone.
pub(crate) fn write(stream: &mut TcpStream, body: &[u8], length: usize) {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
}
