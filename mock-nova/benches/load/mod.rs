//! What the benchmarks share: a client that costs next to nothing.

pub(crate) mod servers;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

/// A real public key, as people import them.
pub(crate) const KEY: &str = "ssh-ed25519 \
    AAAAC3NzaC1lZDI1NTE5AAAAIJvf2nY6gRUT8JQvYtXCZ4C5pDXx4CCOQ0nFDUrmP+eR someone@somewhere.example";

/// One connection that is kept.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    line: String,
    body: Vec<u8>,
}

impl Connection {
    pub(crate) fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_nodelay(true).expect("a TCP socket");
        Self {
            stream: BufReader::with_capacity(64 * 1024, stream),
            line: String::new(),
            body: Vec::new(),
        }
    }

    /// Sends a whole request and reads the whole answer: its status and its body.
    pub(crate) fn ask(&mut self, request: &[u8]) -> (u16, &[u8]) {
        self.stream
            .get_mut()
            .write_all(request)
            .expect("the server reads");
        let mut status = 0;
        let mut length = 0;
        loop {
            self.line.clear();
            self.stream
                .read_line(&mut self.line)
                .expect("the server answers");
            let line = self.line.trim_end();
            if line.is_empty() {
                break;
            }
            if status == 0 {
                status = line[9..12].parse().expect("a status");
            } else if let Some((name, value)) = line.split_once(": ")
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.parse().expect("a length");
            }
        }
        self.body.resize(length, 0);
        self.stream.read_exact(&mut self.body).expect("the body");
        (status, &self.body)
    }
}

/// A request as bytes.
pub(crate) fn request(method: &str, path: &str, token: &str, version: &str, body: &str) -> Vec<u8> {
    let mut text = format!(
        "{method} {path} HTTP/1.1\r\nhost: cloud.example\r\naccept: application/json\r\n\
         x-auth-token: {token}\r\nopenstack-api-version: compute {version}\r\n"
    );
    if !body.is_empty() {
        text += &format!(
            "content-type: application/json\r\ncontent-length: {}\r\n",
            body.len()
        );
    }
    (text + "\r\n" + body).into_bytes()
}
