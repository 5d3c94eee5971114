//! Where the lines of a file that a tool made came from: the mappings of a source map (ECMA-426),
//! as runs of lines that follow each other.

/// Lines of the file that was made, in their order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Runs(Vec<Run>);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Run {
    /// The first line, counted from 1.
    first: u64,
    /// The number of the source.
    source: i64,
    /// The line in the source, counted from 1.
    line: i64,
    count: u64,
}

impl Runs {
    /// Reads mappings of a text. Of each line that place counts which its first word has: white
    /// space before it may belong to what the line before ends with. What is no mapping ends the
    /// reading.
    pub(crate) fn of(mappings: &str, text: &str) -> Self {
        let mut runs = Self::default();
        let (mut source, mut line) = (0_i64, 0_i64);
        let mut lines = text.lines();
        for (number, segments) in (1..).zip(mappings.split(';')) {
            let begin = lines.next().map_or(0, white_space);
            let (mut column, mut place) = (0_i64, None);
            for segment in segments.split(',').filter(|segment| !segment.is_empty()) {
                let Some(fields) = fields(segment) else {
                    return runs;
                };
                // The column there, then source, line and column here; one field alone has no
                // source.
                let mut fields = fields.into_iter();
                column = column.saturating_add(fields.next().unwrap_or_default());
                let (Some(more_source), Some(more_line)) = (fields.next(), fields.next()) else {
                    continue;
                };
                source = source.saturating_add(more_source);
                line = line.saturating_add(more_line);
                if place.is_none() || column <= begin {
                    place = Some((source, line.saturating_add(1)));
                }
            }
            if let Some((source, line)) = place {
                runs.add(number, source, line);
            }
        }
        runs
    }

    fn add(&mut self, number: u64, source: i64, line: i64) {
        if let Some(last) = self.0.last_mut() {
            let next = i64::try_from(last.count).ok();
            let next = next.map(|count| last.line.saturating_add(count));
            if last.first + last.count == number && last.source == source && next == Some(line) {
                last.count += 1;
                return;
            }
        }
        self.0.push(Run {
            first: number,
            source,
            line,
            count: 1,
        });
    }

    /// Each run as first line, source, line in it, and how many.
    pub(crate) fn rows(&self) -> Vec<(u64, i64, i64, u64)> {
        let rows = self.0.iter();
        rows.map(|run| (run.first, run.source, run.line, run.count))
            .collect()
    }
}

/// How many columns of white space a line begins with.
fn white_space(line: &str) -> i64 {
    let blank = line.len() - line.trim_start().len();
    i64::try_from(blank).unwrap_or(i64::MAX)
}

/// The numbers of a segment: Base64 digits of 6 bits, the lowest first, of which the sixth bit says
/// that more follow and the first of all is the sign.
fn fields(segment: &str) -> Option<Vec<i64>> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut found, mut number, mut shift) = (Vec::new(), 0_i64, 0_u32);
    for letter in segment.bytes() {
        let digit = DIGITS.iter().position(|one| *one == letter)?;
        let digit = i64::try_from(digit).ok()?;
        let part = (digit & 31).checked_shl(shift)?;
        number = number.checked_add(part)?;
        if digit & 32 == 0 {
            let size = number >> 1;
            found.push(if number & 1 == 1 { -size } else { size });
            (number, shift) = (0, 0);
        } else {
            shift += 5;
            // Lines and columns have 32 bits.
            (shift < 40).then_some(())?;
        }
    }
    (shift == 0).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_follow_each_other_are_one_run() {
        // A line of the tool's own; three lines of the first source from its second on; one of the
        // second source.
        let runs = Runs::of(";AACA;AACA,SAAS;AACA;ACFA", "");
        assert_eq!(runs.rows(), [(2, 0, 2, 3), (5, 1, 2, 1)]);
    }

    /// As esbuild writes them: the white space of the second line goes on with the end of the
    /// first.
    #[test]
    fn white_space_before_a_word_is_not_what_is_looked_for() {
        let runs = Runs::of("AAAA,SAAS;AAAA,EACE;AACA", "var x = {\n  y() {\n    z");
        assert_eq!(runs.rows(), [(1, 0, 1, 3)]);
    }

    #[test]
    fn what_is_no_mapping_ends_the_reading() {
        assert_eq!(Runs::of("AAAA;!;AACA", "").rows(), [(1, 0, 1, 1)]);
        assert_eq!(Runs::of("gggggggggggg", "").rows(), []);
        assert_eq!(Runs::of("", "").rows(), []);
        assert_eq!(Runs::of("A;AAAA", "").rows(), [(2, 0, 1, 1)]);
    }

    #[test]
    fn numbers_are_read_with_their_signs() {
        assert_eq!(fields("AAgBC"), Some(vec![0, 0, 16, 1]));
        assert_eq!(fields("D"), Some(vec![-1]));
        assert_eq!(fields("2H"), Some(vec![123]));
    }
}
