//! `evroute subscribers`

use std::fs;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueHint};
use evroute_digest_auth::{Algorithm, Ha1};
use serde_json::{Map, Value, json};

use crate::admin_client::Server;
use crate::deployed_handler::Tenant;
use crate::exit::Exit;
use crate::subscriber_table::{self, Secret, SubscriberLine};
use crate::tenant_asked::{TenantAsked, text};
use crate::{output, secret_input, table};

const EXAMPLES: &str = "Examples:
  evroute subscribers add alice@acme.example --tenant acme
  evroute subscribers passwd alice@acme.example < password
  evroute subscribers list
  evroute subscribers remove alice@acme.example
  sqlite3 -csv -header kamailio.sqlite 'SELECT * FROM subscriber' | evroute subscribers import -
  evroute subscribers import subscriber.csv --replace

A password is typed at the terminal, where nothing shows it, or is the first line of standard input; it is never an argument. \
It does not leave this command: the server gets and keeps hashes of it. An import reads the columns username, domain and password, \
or ha1 and ha1b; a password becomes hashes of each algorithm, while ha1 is of MD5 alone, so that [tenant.auth] must say \
algorithms = [\"MD5\"] until these users have new passwords.";

/// Rows that one call writes.
const ROWS_AT_ONCE: usize = 200;

/// Bytes of a table that is imported.
const TABLE_BYTES_MAX: u64 = 1 << 30;

/// Add and list users who have a password, and change it
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Add a user
    Add(One),
    /// Give a user another password
    Passwd(One),
    /// Remove a user
    Remove(One),
    /// Show the users there are
    List(List),
    /// Add users from a table of another server
    Import(Import),
}

#[derive(Debug, Args)]
struct Place {
    #[command(flatten)]
    tenant: Tenant,
    #[command(flatten)]
    server: Server,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
struct One {
    /// His address, or his name in the tenant's first domain
    user: String,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
struct List {
    /// Print JSON, a line for each
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
struct Import {
    /// The table, its first line the names of its columns; - is standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// Replace the passwords of users that are there
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    place: Place,
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        let ended = match &self.action {
            Action::Add(one) => one.put("never", "added"),
            Action::Passwd(one) => one.put("must", "changed"),
            Action::Remove(one) => one.remove(),
            Action::List(list) => list.execute(),
            Action::Import(import) => import.execute(),
        };
        match ended {
            Ok(exit) | Err(exit) => exit,
        }
    }
}

/// A tenant, and how its users are asked.
struct Asked {
    tenant: TenantAsked,
    shown: Value,
}

impl Place {
    fn begin(&self) -> Result<Asked, Exit> {
        let tenant = TenantAsked::begin(&self.server, &self.tenant)?;
        let shown = tenant.ask("auth.show", [])?;
        Ok(Asked { tenant, shown })
    }
}

/// A user by all his names.
struct Named {
    user: String,
    domain: String,
    realm: String,
}

impl Asked {
    /// Who is meant by `alice` or `alice@acme.example`, in this domain where he names none.
    fn named(&self, written: &str, domain: Option<&str>) -> Result<Named, Exit> {
        let (user, own) = match written.split_once('@') {
            Some((user, domain)) => (user, Some(domain)),
            None => (written, domain),
        };
        let domains = self.shown.get("domains").and_then(Value::as_array);
        let mut domains = domains.into_iter().flatten().filter_map(Value::as_str);
        let first = domains.clone().next().unwrap_or_default();
        let domain = own.unwrap_or(first).to_ascii_lowercase();
        let realm = self.shown.get("realm").and_then(Value::as_str);
        if !domains.any(|known| known == domain) && realm != Some(domain.as_str()) {
            return Err(output::wrong(format_args!(
                "{written}: {domain:?} is none of the tenant's domains; nobody would be asked for it"
            )));
        }
        Ok(Named {
            user: user.to_owned(),
            realm: realm.unwrap_or(&domain).to_owned(),
            domain,
        })
    }

    fn write(&self, rows: Vec<Value>, replaces: &str) -> Result<(), Exit> {
        let more = [
            ("rows", Value::from(rows)),
            ("replaces", Value::from(replaces)),
        ];
        self.tenant.ask("subscriber.put", more).map(drop)
    }
}

impl Named {
    /// A row of `subscriber.put`.
    fn row(&self, secret: &Secret) -> Value {
        let with_domain = format!("{}@{}", self.user, self.domain);
        let of = |name: &str, password: &str| {
            let hash = |one: Algorithm| Ha1::of(one, name, &self.realm, password);
            hashes(Algorithm::ALL.map(hash))
        };
        let (ha1, ha1b) = match secret {
            Secret::Password(password) => (of(&self.user, password), of(&with_domain, password)),
            Secret::Hashes { ha1, ha1b } => (hashes([*ha1]), hashes(*ha1b)),
        };
        json!({ "user": self.user, "realm": self.realm, "ha1": ha1, "ha1b": ha1b })
    }
}

fn hashes(hashes: impl IntoIterator<Item = Ha1>) -> Map<String, Value> {
    let pair = |hash: Ha1| {
        (
            hash.algorithm().as_str().to_owned(),
            Value::from(hash.as_str()),
        )
    };
    hashes.into_iter().map(pair).collect()
}

impl One {
    fn put(&self, replaces: &str, done: &str) -> Result<Exit, Exit> {
        let asked = self.place.begin()?;
        let named = asked.named(&self.user, None)?;
        let password = secret_input::password(&self.user).map_err(output::wrong)?;
        let row = named.row(&Secret::Password(password));
        asked.write(vec![row], replaces)?;
        Ok(output::done(format_args!(
            "{} in {}: {done}",
            named.user, named.realm
        )))
    }

    fn remove(&self) -> Result<Exit, Exit> {
        let asked = self.place.begin()?;
        let Named { user, realm, .. } = asked.named(&self.user, None)?;
        let params = [
            ("user", Value::from(&*user)),
            ("realm", Value::from(&*realm)),
        ];
        asked.tenant.ask("subscriber.remove", params)?;
        Ok(output::done(format_args!("{user} in {realm}: removed")))
    }
}

impl List {
    fn execute(&self) -> Result<Exit, Exit> {
        let asked = TenantAsked::begin(&self.place.server, &self.place.tenant)?;
        let (mut user, mut realm) = (Value::Null, Value::Null);
        let mut rows = Vec::new();
        loop {
            let mut page = asked.ask("subscriber.list", [("user", user), ("realm", realm)])?;
            let listed = page.get_mut("subscribers").and_then(Value::as_array_mut);
            rows.extend(listed.into_iter().flat_map(std::mem::take));
            let next = page.get("next").and_then(Value::as_array);
            let Some([next_user, next_realm]) = next.map(Vec::as_slice) else {
                break;
            };
            (user, realm) = (next_user.clone(), next_realm.clone());
        }
        if self.json {
            // Nobody may read any more.
            let _ = rows.iter().all(output::line);
            return Ok(Exit::Done);
        }
        let algorithms = |row: &Value| {
            let all = row
                .get("algorithms")
                .and_then(Value::as_array)
                .into_iter()
                .flatten();
            all.filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
        };
        let cells = rows.iter().map(|row| {
            [
                text(row, "user").to_owned(),
                text(row, "realm").to_owned(),
                algorithms(row),
            ]
        });
        let cells: Vec<_> = cells.collect();
        Ok(output::done(table::columns(
            &["USER", "REALM", "HASHES"],
            &cells,
        )))
    }
}

impl Import {
    fn execute(&self) -> Result<Exit, Exit> {
        let shown = self.file.display();
        let text = read(&self.file)
            .map_err(|error| output::wrong(format_args!("{shown} cannot be read: {error}")))?;
        let lines = subscriber_table::read(&text);
        let lines = lines.map_err(|why| output::wrong(format_args!("{shown}: {why}")))?;
        let asked = self.place.begin()?;
        // Before anything is written.
        let named = lines
            .iter()
            .map(|line| asked.named(&line.user, line.domain.as_deref()));
        let named: Vec<_> = named.collect::<Result<_, _>>()?;
        let replaces = if self.replace { "may" } else { "never" };
        let all: Vec<_> = named.iter().zip(&lines).collect();
        let (mut written, count) = (0, all.len());
        for some in all.chunks(ROWS_AT_ONCE) {
            let rows = some.iter().map(|(named, line)| named.row(&line.secret));
            asked.write(rows.collect(), replaces).inspect_err(|_| {
                output::tell(format_args!(
                    "{written} of {count} users were written before that"
                ));
            })?;
            written += some.len();
            progress(written, count);
        }
        let of_md5 = lines.iter().filter(|line| is_of_md5(line)).count();
        if of_md5 > 0 {
            output::tell(format_args!(
                "{of_md5} of them have hashes of MD5 alone: they are let in where [tenant.auth] says \
                 algorithms = [\"MD5\"], until they have new passwords"
            ));
        }
        Ok(output::done(format_args!("{count} users written")))
    }
}

const fn is_of_md5(line: &SubscriberLine) -> bool {
    matches!(line.secret, Secret::Hashes { .. })
}

/// On a terminal one line that changes.
fn progress(written: usize, count: usize) {
    let mut stderr = io::stderr();
    if !stderr.is_terminal() || count <= ROWS_AT_ONCE {
        return;
    }
    let end = if written == count { "\n" } else { "" };
    // Nobody needs it.
    let _ = write!(stderr, "\r{written} of {count}{end}").and_then(|()| stderr.flush());
}

fn read(file: &Path) -> io::Result<String> {
    let mut text = String::new();
    if file == Path::new("-") {
        io::stdin()
            .lock()
            .take(TABLE_BYTES_MAX)
            .read_to_string(&mut text)?;
    } else {
        fs::File::open(file)?
            .take(TABLE_BYTES_MAX)
            .read_to_string(&mut text)?;
    }
    Ok(text)
}
