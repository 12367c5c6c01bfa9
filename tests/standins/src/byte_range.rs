/// Bytes from `start` up to, not including, `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ByteRange {
    pub(crate) start: u64,
    pub(crate) end: u64,
}

/// What a `Range` header asks for (RFC 9110, section 14).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Whole,
    Part(ByteRange),
    Unsatisfiable,
}

impl ByteRange {
    pub(crate) const fn whole(length: u64) -> Self {
        Self { start: 0, end: length }
    }
}

impl Wanted {
    /// Several ranges, other units and nonsense are ignored, as servers may.
    pub(crate) fn parse(header: &str, length: u64) -> Self {
        let Some((first, last)) = header.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
            return Self::Whole;
        };
        match (first.parse::<u64>(), last.parse::<u64>()) {
            (Ok(first), Ok(last)) if first > last => Self::Whole,
            (Ok(first), Ok(last)) => Self::between(first, last.saturating_add(1), length),
            (Ok(first), Err(_)) if last.is_empty() => Self::between(first, length, length),
            (Err(_), Ok(suffix)) if first.is_empty() => Self::last(suffix, length),
            _ => Self::Whole,
        }
    }

    fn between(start: u64, end: u64, length: u64) -> Self {
        if start < length { Self::Part(ByteRange { start, end: end.min(length) }) } else { Self::Unsatisfiable }
    }

    fn last(suffix: u64, length: u64) -> Self {
        match suffix.min(length) {
            0 => Self::Unsatisfiable,
            count => Self::Part(ByteRange { start: length - count, end: length }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn range_headers_mean_what_rfc_9110_says() {
        let part = |start, end| Wanted::Part(ByteRange { start, end });
        for (header, expected) in [
            ("bytes=0-0", part(0, 1)),
            ("bytes=10-", part(10, 100)),
            ("bytes=10-19", part(10, 20)),
            ("bytes=90-500", part(90, 100)),
            ("bytes=-10", part(90, 100)),
            ("bytes=-500", part(0, 100)),
            ("bytes=100-", Wanted::Unsatisfiable),
            ("bytes=-0", Wanted::Unsatisfiable),
            ("bytes=20-10", Wanted::Whole),
            ("bytes=0-1,5-6", Wanted::Whole),
            ("items=0-1", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
        ] {
            assert_eq!(Wanted::parse(header, 100), expected, "{header}");
        }
        assert_eq!(Wanted::parse("bytes=0-", 0), Wanted::Unsatisfiable);
    }
}
