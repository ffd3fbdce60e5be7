//! Lines of a body as they come, bounded.

use std::error::Error;

use http_body_util::BodyExt as _;
use kube::client::Body;

use crate::request::RequestError;

/// No object of an API server is near this: etcd takes a megabyte and a half.
const LONGEST: usize = 32 << 20;

/// A body, line by line.
#[derive(Debug)]
pub(super) struct Lines {
    body: Body,
    buffer: Vec<u8>,
    /// Where the first line not yet given begins.
    start: usize,
    /// How far the buffer was searched for an end of line.
    searched: usize,
}

impl Lines {
    pub(super) fn new(body: Body) -> Self {
        Lines {
            body,
            buffer: Vec::new(),
            start: 0,
            searched: 0,
        }
    }

    /// The next whole line; none at the end. Half a line at the end is a stream that broke.
    ///
    /// May be dropped while it waits: nothing is lost.
    pub(super) async fn next(&mut self) -> Result<Option<&[u8]>, RequestError> {
        loop {
            if let Some(length) = memchr::memchr(b'\n', &self.buffer[self.searched..]) {
                let line = self.start..self.searched + length;
                self.start = line.end + 1;
                self.searched = self.start;
                return Ok(Some(&self.buffer[line]));
            }
            self.buffer.drain(..self.start);
            self.start = 0;
            self.searched = self.buffer.len();
            if self.buffer.is_empty() {
                // One large object must not hold its memory for the life of the stream.
                self.buffer.shrink_to(64 << 10);
            }
            if self.buffer.len() > LONGEST {
                return Err(RequestError::Unreadable {
                    message: format!("a line is longer than {LONGEST} bytes"),
                });
            }
            match self.body.frame().await {
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.buffer.extend_from_slice(&data);
                    }
                }
                Some(Err(err)) => {
                    let err: &(dyn Error + 'static) = &err;
                    return Err(RequestError::unreachable(err));
                }
                None if self.buffer.is_empty() => return Ok(None),
                None => {
                    return Err(RequestError::Unreachable {
                        message: "the stream ended within a line".to_owned(),
                    });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(text: &str) -> (Vec<String>, bool) {
        let mut lines = Lines::new(Body::from(text.as_bytes().to_vec()));
        let mut found = Vec::new();
        loop {
            match lines.next().await {
                Ok(Some(line)) => found.push(String::from_utf8_lossy(line).into_owned()),
                Ok(None) => return (found, true),
                Err(_) => return (found, false),
            }
        }
    }

    #[tokio::test]
    async fn whole_lines_are_given_and_half_a_line_is_a_broken_stream() {
        assert_eq!(read("").await, (vec![], true));
        assert_eq!(
            read("a\nbc\n").await,
            (vec!["a".to_owned(), "bc".to_owned()], true)
        );
        assert_eq!(read("a\nb").await, (vec!["a".to_owned()], false));
    }
}
