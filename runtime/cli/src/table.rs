//! Tables for people: columns that stand below each other.

use jiff::Timestamp;

/// Rows below their heads; each column as wide as its widest cell.
pub(crate) fn columns<const N: usize>(heads: &[&str; N], rows: &[[String; N]]) -> String {
    let mut widths = heads.map(|head| head.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: Vec<&str>| {
        let padded = cells.into_iter().zip(widths);
        let padded: Vec<_> = padded
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    let heads = std::iter::once(line(heads.to_vec()));
    let rows = rows
        .iter()
        .map(|row| line(row.iter().map(String::as_str).collect()));
    heads.chain(rows).collect::<Vec<_>>().join("\n")
}

/// Seconds since 1970 as a day and a minute in UTC.
pub(crate) fn date(seconds: u64) -> String {
    let seconds = i64::try_from(seconds).ok();
    let time = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    let text = time.map(|time| time.strftime("%Y-%m-%d %H:%MZ").to_string());
    text.unwrap_or_else(|| "never".to_owned())
}

/// Microseconds since 1970 as the time of day in UTC, with milliseconds.
pub(crate) fn clock(micros: u64) -> String {
    let micros = i64::try_from(micros).ok();
    let time = micros.and_then(|micros| Timestamp::from_microsecond(micros).ok());
    let text = time.map(|time| time.strftime("%H:%M:%S%.3f").to_string());
    text.unwrap_or_else(|| "-".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stand_below_each_other() {
        let rows = [["a", "b"], ["long", ""]].map(|row| row.map(str::to_owned));
        assert_eq!(columns(&["ID", "NAME"], &rows), "ID    NAME\na     b\nlong");
        assert_eq!(columns(&["ID", "NAME"], &[]), "ID  NAME");
    }

    #[test]
    fn a_date_is_read_by_people() {
        assert_eq!(date(1_800_000_000), "2027-01-15 08:00Z");
        assert_eq!(date(u64::MAX), "never");
        assert_eq!(clock(1_800_000_000_123_456), "08:00:00.123");
    }
}
