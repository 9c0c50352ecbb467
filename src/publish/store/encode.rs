//! Bytes ↔ the same bytes stored with gzip or brotli; the same result every time, and no more decoded than a site has.

use crate::config::store::Compress;
use std::io::{Read, Write};

/// The most that is decoded of one object: nothing larger is stored compressed.
const MOST: u64 = 64 << 20;

/// The bytes as they are stored.
pub(super) fn encoded(bytes: Vec<u8>, compress: Compress) -> Vec<u8> {
    match compress {
        Compress::None => bytes,
        Compress::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(9));
            let done = encoder.write_all(&bytes).and_then(|()| encoder.finish());
            done.expect("writing to memory cannot fail")
        }
        Compress::Brotli => {
            let mut out = Vec::new();
            let mut encoder = brotli::CompressorWriter::new(&mut out, 4096, 9, 22);
            encoder.write_all(&bytes).expect("writing to memory cannot fail");
            drop(encoder);
            out
        }
    }
}

/// The bytes that were stored with this `Content-Encoding`; `None` if they were not.
pub(super) fn decoded(bytes: &[u8], encoding: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let read = match encoding {
        "gzip" => flate2::read::GzDecoder::new(bytes).take(MOST).read_to_end(&mut out),
        "br" => brotli::Decompressor::new(bytes, 4096).take(MOST).read_to_end(&mut out),
        _ => return None,
    };
    read.is_ok().then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_again() {
        let bytes = b"the same words, the same words, the same words".repeat(20);
        for compress in [Compress::Gzip, Compress::Brotli] {
            let stored = encoded(bytes.clone(), compress);
            assert!(stored.len() * 4 < bytes.len());
            assert_eq!(stored, encoded(bytes.clone(), compress));
            assert_eq!(decoded(&stored, compress.word().unwrap()), Some(bytes.clone()));
            assert_eq!(decoded(&stored[..stored.len() - 9], compress.word().unwrap()), None);
        }
        assert_eq!(encoded(bytes.clone(), Compress::None), bytes);
        assert_eq!(decoded(&bytes, "gzip"), None);
        assert_eq!(decoded(&bytes, "zstd"), None);
    }
}
