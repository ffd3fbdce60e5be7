//! Logs as they lie on disk: plain, gzip or zstd, told by their first bytes and not by their names.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Big enough that a read costs little beside parsing what it brings.
const BUFFER: usize = 256 << 10;

/// The bytes of a log, unpacked.
pub(crate) fn unpacked<'r>(from: impl Read + 'r) -> io::Result<Box<dyn Read + 'r>> {
    let mut from = BufReader::with_capacity(BUFFER, from);
    let head = from.fill_buf()?;
    if head.starts_with(&GZIP) {
        // Rotation and Firehose append whole gzip members.
        Ok(Box::new(MultiGzDecoder::new(from)))
    } else if head.starts_with(&ZSTD) {
        // Goes on with the next frame by itself, and skips what is to be skipped.
        Ok(Box::new(zstd::Decoder::with_buffer(from)?))
    } else {
        Ok(Box::new(from))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(text: &str) -> Vec<u8> {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(text.as_bytes()).unwrap();
        packed.finish().unwrap()
    }

    fn zstd(text: &str) -> Vec<u8> {
        zstd::encode_all(text.as_bytes(), 1).unwrap()
    }

    fn read(packed: &[u8]) -> io::Result<String> {
        let mut text = String::new();
        unpacked(packed)?.read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn plain_gzip_and_zstd_read_alike() {
        let text = "line\n".repeat(100_000);
        for packed in [text.clone().into_bytes(), gzip(&text), zstd(&text)] {
            assert!(read(&packed).unwrap() == text);
        }
        assert_eq!(read(b"").unwrap(), "");
    }

    #[test]
    fn members_and_frames_one_after_the_other_are_one_log() {
        let skippable = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
        assert_eq!(
            read(&[gzip("a\n"), gzip("b\n")].concat()).unwrap(),
            "a\nb\n"
        );
        let frames = [zstd("a\n"), skippable.to_vec(), zstd("b\n")].concat();
        assert_eq!(read(&frames).unwrap(), "a\nb\n");
    }

    #[test]
    fn a_cut_archive_is_an_error_after_what_it_held() {
        let text = "line\n".repeat(100_000);
        for packed in [gzip(&text), zstd(&text)] {
            let cut = &packed[..packed.len() - 3];
            assert!(read(cut).is_err());
        }
    }
}
