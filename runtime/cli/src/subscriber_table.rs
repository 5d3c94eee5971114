//! Users of another server, as its database prints its table: a line of column names, then a line
//! for each user, with commas or tabs between.

use evroute_digest_auth::{Algorithm, Ha1};

/// The longest line, in bytes.
const LINE_BYTES_MAX: usize = 64 * 1024;

/// A user as a line says.
#[derive(Debug)]
pub(crate) struct SubscriberLine {
    pub(crate) user: String,
    /// Kamailio's column `domain`; none where there is no such column, or nothing in it.
    pub(crate) domain: Option<String>,
    pub(crate) secret: Secret,
}

/// How a line says what the password is.
pub(crate) enum Secret {
    Password(String),
    /// The columns `ha1` and `ha1b`, of MD5.
    Hashes {
        ha1: Ha1,
        ha1b: Option<Ha1>,
    },
}

/// Without it.
impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Password(_) => "Password",
            Self::Hashes { .. } => "Hashes",
        })
    }
}

/// Reads all lines.
///
/// # Errors
/// The first line that cannot be read, with its number and what to do.
pub(crate) fn read(text: &str) -> Result<Vec<SubscriberLine>, String> {
    let mut lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    let Some((_, head)) = lines.next() else {
        return Err(
            "it is empty; its first line names the columns: username,domain,ha1".to_owned(),
        );
    };
    let separator = if head.contains('\t') { '\t' } else { ',' };
    let names = cells(head, separator).ok_or("line 1 has a quote that does not end")?;
    let columns = Columns::of(&names)?;
    let read = lines.map(|(number, line)| {
        columns
            .line(line, separator)
            .map_err(|why| format!("line {}: {why}", number + 1))
    });
    read.collect()
}

/// Which column is what.
struct Columns {
    user: usize,
    domain: Option<usize>,
    password: Option<usize>,
    ha1: Option<usize>,
    ha1b: Option<usize>,
}

impl Columns {
    fn of(names: &[String]) -> Result<Self, String> {
        let place = |wanted: &[&str]| {
            names.iter().position(|name| {
                let name = name.trim().to_ascii_lowercase();
                wanted.contains(&name.as_str())
            })
        };
        let columns = Self {
            user: place(&["username", "user"]).ok_or(
                "line 1 names no column username; it names the columns of the table: \
                 username,domain,password or username,domain,ha1,ha1b",
            )?,
            domain: place(&["domain", "realm"]),
            password: place(&["password"]),
            ha1: place(&["ha1"]),
            ha1b: place(&["ha1b"]),
        };
        match (columns.password, columns.ha1) {
            (None, None) => Err("line 1 names neither a column ha1 nor password".to_owned()),
            _ => Ok(columns),
        }
    }

    fn line(&self, line: &str, separator: char) -> Result<SubscriberLine, String> {
        if line.len() > LINE_BYTES_MAX {
            return Err(format!("it has more than {LINE_BYTES_MAX} bytes"));
        }
        let cells = cells(line, separator).ok_or("it has a quote that does not end")?;
        let cell = |place: Option<usize>| {
            let text = cells.get(place?)?.as_str();
            // As mysql prints what is not there.
            Some(text).filter(|text| !text.is_empty() && *text != "NULL" && *text != "\\N")
        };
        let hash = |place| Ha1::parse(Algorithm::Md5, cell(place)?);
        // Where both are there, the password makes hashes of all algorithms.
        let secret = match (cell(self.password), cell(self.ha1), hash(self.ha1)) {
            (Some(password), _, _) => Secret::Password(password.to_owned()),
            (None, Some(_), Some(ha1)) => Secret::Hashes {
                ha1,
                ha1b: hash(self.ha1b),
            },
            (None, Some(_), None) => return Err("ha1 is no MD5 hash of 32 digits".to_owned()),
            (None, None, _) => return Err("it has neither a hash nor a password".to_owned()),
        };
        Ok(SubscriberLine {
            user: cell(Some(self.user))
                .ok_or("it has no user name")?
                .to_owned(),
            domain: cell(self.domain).map(str::to_owned),
            secret,
        })
    }
}

/// The cells of a line (RFC 4180); none where a quote does not end.
fn cells(line: &str, separator: char) -> Option<Vec<String>> {
    let mut cells = vec![String::new()];
    let mut is_quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let cell = cells.last_mut()?;
        match c {
            '"' if is_quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if is_quoted => is_quoted = false,
            '"' if cell.is_empty() => is_quoted = true,
            _ if c == separator && !is_quoted => cells.push(String::new()),
            _ => cell.push(c),
        }
    }
    (!is_quoted).then_some(cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "00112233445566778899aabbccddeeff";

    #[test]
    fn what_databases_print_is_read() {
        let csv = format!(
            "id,username,domain,password,ha1,ha1b\n1,alice,acme.example,\"se,\"\"cret\",{HASH},\n\n\
             2,bob,,,{HASH},{HASH}\n"
        );
        let lines = read(&csv).unwrap();
        let users: Vec<_> = lines
            .iter()
            .map(|line| (line.user.as_str(), line.domain.as_deref()))
            .collect();
        assert_eq!(users, [("alice", Some("acme.example")), ("bob", None)]);
        assert!(matches!(&lines[0].secret, Secret::Password(text) if text == "se,\"cret"));
        assert!(
            matches!(&lines[1].secret, Secret::Hashes { ha1, ha1b: Some(_) } if ha1.as_str() == HASH)
        );
        let tsv = format!("username\tdomain\tha1\nalice\tNULL\t{HASH}\n");
        let lines = read(&tsv).unwrap();
        assert!(matches!(
            &lines[0].secret,
            Secret::Hashes { ha1b: None, .. }
        ));
        assert_eq!(lines[0].domain, None);
        assert!(!format!("{lines:?}").contains(HASH));
    }

    #[test]
    fn what_is_wrong_has_its_line() {
        let why = |text: &str| read(text).unwrap_err();
        assert!(why("").contains("it is empty"));
        assert!(why("alice,secret").contains("line 1 names no column username"));
        assert!(why("username,domain").contains("neither a column ha1 nor password"));
        assert_eq!(
            why("username,ha1\n\nalice,123"),
            "line 3: ha1 is no MD5 hash of 32 digits"
        );
        assert_eq!(
            why("username,ha1\n,"),
            "line 2: it has neither a hash nor a password"
        );
        assert_eq!(
            why(&format!("username,ha1\n,{HASH}")),
            "line 2: it has no user name"
        );
        assert_eq!(
            why("username,password\n\"a,b"),
            "line 2: it has a quote that does not end"
        );
    }
}
