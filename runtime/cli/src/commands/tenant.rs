//! `evroute tenant`

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::admin_client::Server;
use crate::exit::Exit;
use crate::output;

const EXAMPLES: &str = "Examples:
  evroute tenant list
  evroute tenant add acme --domain acme.example
  evroute tenant add acme --file acme.toml
  evroute tenant set acme --file acme.toml
  evroute tenant show acme
  evroute tenant remove acme --purge
  evroute tenant reload

A file is one [[tenant]] section as in the configuration file; the server keeps it in the folder \
tenants of its data_dir and reads it at its next start. Paths in it are the server's, relative to \
its configuration file.";

/// Add, change and remove tenants of a running server
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print the tenants, and how far each has come
    List {
        #[command(flatten)]
        server: Server,
    },
    /// Print one tenant: its domains, quota and handlers
    Show {
        /// The tenant's name
        name: String,
        #[command(flatten)]
        server: Server,
    },
    /// Add a tenant, and serve it
    Add {
        /// The tenant's name
        name: String,
        #[command(flatten)]
        section: Section,
        #[command(flatten)]
        server: Server,
    },
    /// Change a tenant that was added
    Set {
        /// The tenant's name
        name: String,
        #[command(flatten)]
        section: Section,
        /// Lose what it keeps in memory (tables, contacts) where the change cannot keep it
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        server: Server,
    },
    /// Remove a tenant that was added, once what is under way has ended
    Remove {
        /// The tenant's name
        name: String,
        /// Remove the files of its databases, too
        #[arg(long)]
        purge: bool,
        /// Do not wait for what is under way
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        server: Server,
    },
    /// Read the tenants of the configuration file again
    Reload {
        /// Lose what changed tenants keep in memory where the change cannot keep it
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        server: Server,
    },
}

/// What the tenant is.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Section {
    /// A file with one [[tenant]] section; - is standard input
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// A domain of the tenant, without anything else; more than once for several
    #[arg(long, value_name = "DOMAIN")]
    domain: Vec<String>,
}

impl Section {
    /// The text that the server is sent.
    fn text(&self, name: &str) -> Result<String, String> {
        match &self.file {
            Some(file) if file == Path::new("-") => {
                let text = std::io::read_to_string(std::io::stdin());
                text.map_err(|error| format!("standard input cannot be read: {error}"))
            }
            Some(file) => std::fs::read_to_string(file).map_err(|error| {
                let file = file.display();
                format!("{file} cannot be read: {error}; name a file with one [[tenant]] section")
            }),
            None => {
                // Texts of JSON are texts of TOML.
                let domains = json!(self.domain);
                Ok(format!(
                    "[[tenant]]\nname = {}\ndomains = {domains}\n",
                    json!(name)
                ))
            }
        }
    }
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        match &self.action {
            Action::List { server } => list(server),
            Action::Show { name, server } => server.call("tenant.show", &json!([name])),
            Action::Add {
                name,
                section,
                server,
            } => match section.text(name) {
                Ok(text) => server.call("tenant.add", &json!([name, text])),
                Err(why) => output::wrong(why),
            },
            Action::Set {
                name,
                section,
                force,
                server,
            } => match section.text(name) {
                Ok(text) => server.call("tenant.set", &json!([name, text, force])),
                Err(why) => output::wrong(why),
            },
            Action::Remove {
                name,
                purge,
                force,
                server,
            } => server.call("tenant.remove", &json!([name, purge, force])),
            Action::Reload { force, server } => server.call("tenant.reload", &json!([force])),
        }
    }
}

/// One line for each tenant; those of many answers one after the other.
pub(super) fn list(server: &Server) -> Exit {
    let mut lines = vec![line("TENANT", "STAGE", "SOURCE", "DOMAINS")];
    let mut after = Value::Null;
    loop {
        let listed = match server.ask("tenant.list", &json!([after])) {
            Ok(listed) => listed,
            Err(exit) => return exit,
        };
        let rows = listed.get("tenants").and_then(Value::as_array);
        lines.extend(rows.into_iter().flatten().map(row));
        after = listed.get("next").cloned().unwrap_or_default();
        if after.is_null() {
            let broken = listed.get("broken_files").and_then(Value::as_array);
            let broken = broken.into_iter().flatten();
            lines.extend(
                broken.map(|one| line(text(one, "name"), "broken", "folder", text(one, "why"))),
            );
            return output::done(lines.join("\n"));
        }
    }
}

fn row(tenant: &Value) -> String {
    let domains = tenant.get("domains").and_then(Value::as_array);
    let domains: Vec<_> = domains
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut reported = domains.join(", ");
    if let Some(why) = tenant.get("why").and_then(Value::as_str) {
        reported = format!("{reported}: {why}");
    }
    line(
        text(tenant, "name"),
        text(tenant, "stage"),
        text(tenant, "source"),
        &reported,
    )
}

fn line(name: &str, stage: &str, source: &str, reported: &str) -> String {
    format!("{name:<24} {stage:<9} {source:<7} {reported}")
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_alone_make_a_section() {
        let section = Section {
            file: None,
            domain: vec!["a.example".to_owned(), "b.example".to_owned()],
        };
        let text = section.text("acme").unwrap();
        let expected = "[[tenant]]\nname = \"acme\"\ndomains = [\"a.example\",\"b.example\"]\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_row_says_why_a_tenant_does_not_start() {
        let tenant = json!({
            "name": "acme", "stage": "disabled", "source": "folder",
            "domains": ["a.example"], "why": "no such file",
        });
        let row = row(&tenant);
        assert!(row.starts_with("acme   "), "{row}");
        assert!(
            row.ends_with("disabled  folder  a.example: no such file"),
            "{row}"
        );
    }
}
