//! The checksum of an Ogg page (RFC 3533, section 6): CRC-32 with polynomial 04C11DB7, most significant bit first,
//! starting at zero and not inverted.

/// `TABLES[0]` advances by one byte; `TABLES[k]` by one byte and k zero bytes, so that eight bytes go in one step.
static TABLES: [[u32; 256]; 8] = tables();

const POLYNOMIAL: u32 = 0x04C1_1DB7;

/// Advances a checksum over more bytes.
pub(super) fn update(mut crc: u32, bytes: &[u8]) -> u32 {
    let (eights, rest) = bytes.as_chunks::<8>();
    for &[a, b, c, d, e, f, g, h] in eights {
        let [p, q, r, s] = (crc ^ u32::from_be_bytes([a, b, c, d])).to_be_bytes();
        crc = [p, q, r, s, e, f, g, h]
            .into_iter()
            .zip(TABLES.iter().rev())
            .fold(0, |sum, (byte, table)| sum ^ table[usize::from(byte)]);
    }
    rest.iter().fold(crc, |crc, &byte| crc << 8 ^ TABLES[0][usize::from((crc >> 24) as u8 ^ byte)])
}

const fn tables() -> [[u32; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = (byte as u32) << 24;
        let mut step = 0;
        while step < 8 * 8 {
            crc = if crc >> 31 == 1 { crc << 1 ^ POLYNOMIAL } else { crc << 1 };
            step += 1;
            if step % 8 == 0 {
                tables[step / 8 - 1][byte] = crc;
            }
        }
        byte += 1;
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::update;

    #[test]
    fn matches_the_published_check_value_wherever_it_is_cut() {
        // CRC-32/MPEG-2 of "123456789" is 0376E6E7 from all ones; from zero, the check value is 89A1897F.
        let text = b"123456789";
        assert_eq!(update(0xFFFF_FFFF, text), 0x0376_E6E7);
        assert_eq!(update(0, text), 0x89A1_897F);
        for cut in 0..=text.len() {
            assert_eq!(update(update(0, &text[..cut]), &text[cut..]), 0x89A1_897F, "cut at {cut}");
        }
    }
}
