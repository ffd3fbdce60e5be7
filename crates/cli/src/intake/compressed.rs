//! Files that may be compressed, told by their first bytes rather than their names.

use std::io::{self, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

/// What a compressed file may grow to. A dump of the largest cluster is far below it; a file made to
/// fill the memory is not.
const LIMIT: u64 = 8 << 30;

/// Reads a whole file: plain, gzip or zstd.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let bytes = std::fs::read(path)?;
    match bytes.as_slice() {
        [0x1f, 0x8b, ..] => unpacked(MultiGzDecoder::new(bytes.as_slice())),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => unpacked(zstd::Decoder::new(bytes.as_slice())?),
        _ => Ok(bytes),
    }
}

fn unpacked(packed: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let grown = packed.take(LIMIT + 1).read_to_end(&mut bytes)? as u64;
    if grown > LIMIT {
        return Err(io::Error::other("it unpacks to more than 8 GiB"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn written(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(bytes).expect("written");
        file
    }

    #[test]
    fn plain_gzip_and_zstd_read_the_same() {
        let text = b"kind: Pod".repeat(1000);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&text).expect("compressed");
        let gzip = gzip.finish().expect("compressed");
        let zstd = zstd::encode_all(text.as_slice(), 1).expect("compressed");
        assert!(gzip.len() < 500 && zstd.len() < 500);
        for bytes in [text.clone(), gzip.clone(), zstd] {
            assert_eq!(read(written(&bytes).path()).expect("read"), text);
        }
        let twice = [gzip.as_slice(), gzip.as_slice()].concat();
        assert_eq!(
            read(written(&twice).path()).expect("read").len(),
            2 * text.len()
        );
    }

    #[test]
    fn short_and_broken_files_are_no_panic() {
        assert_eq!(read(written(b"a").path()).expect("read"), b"a");
        assert_eq!(read(written(b"").path()).expect("read"), b"");
        assert!(read(written(&[0x1f, 0x8b, 8, 0, 0]).path()).is_err());
        assert!(read(written(&[0x28, 0xb5, 0x2f, 0xfd, 0xff]).path()).is_err());
    }
}
