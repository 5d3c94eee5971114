//! The folder of tenants that were added while the server ran: `data_dir/tenants/NAME.toml`, each
//! one `[[tenant]]` as in the configuration file.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use evroute_tenant::{PinError, TenantId, TenantIndex};

use crate::config::TENANTS_DIR;
use crate::{BrokenTenant, Config, TenantConfig, Vocabulary};

/// The longest file of a tenant, in bytes.
pub(crate) const TENANT_FILE_BYTES_MAX: usize = 256 * 1024;

/// How the file of a tenant ends.
const END: &str = "toml";

/// The folder.
#[derive(Clone, Debug)]
pub(crate) struct TenantFolder(PathBuf);

impl TenantFolder {
    /// That of this data folder, whether it is there or not.
    pub(crate) fn of(data_dir: &Path) -> Self {
        Self(data_dir.join(TENANTS_DIR))
    }

    /// The file of a tenant.
    pub(crate) fn file(&self, tenant: &TenantId) -> PathBuf {
        self.0.join(tenant.as_str()).with_extension(END)
    }

    /// Reads all files and adds their tenants to the configuration, behind its own. A file that
    /// cannot be used is noted there and stops nobody.
    pub(crate) fn read_into(&self, config: &mut Config, vocabulary: &Vocabulary) {
        for (name, path) in self.files() {
            match self.read(config, vocabulary, &name, &path) {
                Ok(tenant) => config.tenants.push(Arc::new(tenant)),
                Err(why) => {
                    tracing::error!(
                        tenant = name,
                        "the tenant's file cannot be used, and the tenant is not there; \
                         tenant.set corrects it: {why}"
                    );
                    config.broken_tenants.push(BrokenTenant { name, why });
                }
            }
        }
    }

    /// Names and paths of all files, by name. A folder that cannot be read has none, which is
    /// logged.
    fn files(&self) -> Vec<(String, PathBuf)> {
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            // Where a file stands in the way nothing starts, and that is said there.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                return Vec::new();
            }
            Err(error) => {
                let folder = self.0.display();
                tracing::error!(%folder, %error, "the folder of tenants cannot be read");
                return Vec::new();
            }
        };
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let files = paths.filter(|path| path.extension().is_some_and(|end| end == END));
        let named = files.filter_map(|path| {
            let name = path.file_stem()?.to_str()?.to_owned();
            Some((name, path))
        });
        let mut named: Vec<_> = named.collect();
        named.sort();
        named
    }

    /// One sentence that says what is wrong with the file.
    fn read(
        &self,
        config: &mut Config,
        vocabulary: &Vocabulary,
        name: &str,
        path: &Path,
    ) -> Result<TenantConfig, String> {
        let index = TenantIndex::from_position(config.tenants.len());
        let index = index.filter(|index| index.position() < TenantIndex::COUNT_MAX);
        let index = index.ok_or_else(|| "there are too many tenants".to_owned())?;
        let text = read_text(path).map_err(|error| format!("it cannot be read: {error}"))?;
        let tenant = config.parse_tenant(path, &text, vocabulary, index);
        let tenant = tenant.map_err(|errors| errors.to_string())?;
        check_name(&tenant, name)?;
        if config.tenants.iter().any(|known| known.id == tenant.id) {
            return Err(format!(
                "the configuration file has a tenant {name:?}, too; remove it here or there"
            ));
        }
        let pinned = config.resolver.pin(&tenant.pins(), index);
        pinned.map_err(|conflict| {
            config.resolver.unpin(index);
            let named = |owner: TenantIndex| {
                let owner = config.tenants.get(owner.position());
                owner.map_or(String::new(), |owner| owner.id.to_string())
            };
            taken(&conflict.to_string(), &conflict.why, named)
        })?;
        Ok(tenant)
    }

    /// Writes a tenant's file: all of it or nothing, and on the disk when this returns.
    pub(crate) fn write(&self, tenant: &TenantId, text: &str) -> io::Result<()> {
        fs::create_dir_all(&self.0)?;
        evroute_atomic_file::replace_durably(
            &self.file(tenant),
            evroute_atomic_file::SHARED,
            text.as_bytes(),
        )
    }

    /// Removes a tenant's file, which is gone from the disk when this returns.
    pub(crate) fn remove(&self, tenant: &TenantId) -> io::Result<()> {
        match fs::remove_file(self.file(tenant)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => evroute_atomic_file::sync_folder(&self.0),
        }
    }

    /// The text of a tenant's file.
    pub(crate) fn text(&self, tenant: &TenantId) -> io::Result<String> {
        read_text(&self.file(tenant))
    }
}

impl Config {
    /// Adds the tenants that were added while a server ran, as its next start does. Those whose
    /// files are wrong are among [`Config::broken_tenants`].
    pub fn read_added_tenants(&mut self, vocabulary: &Vocabulary) {
        TenantFolder::of(&self.server.data_dir).read_into(self, vocabulary);
    }

    /// The file that a tenant of this name has or would have if it was added.
    #[must_use]
    pub fn added_tenant_file(&self, name: &str) -> PathBuf {
        let TenantFolder(folder) = TenantFolder::of(&self.server.data_dir);
        folder.join(name).with_extension(END)
    }
}

/// What is said of something that another tenant has, for the operator.
pub(crate) fn taken(
    conflict: &str,
    why: &PinError,
    named: impl FnOnce(TenantIndex) -> String,
) -> String {
    match why {
        PinError::Taken(owner) => format!(
            "{conflict}; tenant {:?} has it: remove it here or there",
            named(*owner)
        ),
        PinError::NotAHost => conflict.to_owned(),
    }
}

/// The name in the file is that of the file.
pub(crate) fn check_name(tenant: &TenantConfig, name: &str) -> Result<(), String> {
    match tenant.id.as_str() == name {
        true => Ok(()),
        false => Err(format!(
            "its name is {:?}, not {name:?}; write name = {name:?}",
            tenant.id.as_str()
        )),
    }
}

fn read_text(path: &Path) -> io::Result<String> {
    let most = u64::try_from(TENANT_FILE_BYTES_MAX).unwrap_or(u64::MAX);
    let mut text = String::new();
    File::open(path)?
        .take(most.saturating_add(1))
        .read_to_string(&mut text)?;
    if text.len() > TENANT_FILE_BYTES_MAX {
        let why = format!("it has more than {TENANT_FILE_BYTES_MAX} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "[[tenant]]\nname = \"demo\"\ndomains = [\"demo.example\"]\n";

    fn config(data_dir: &Path) -> Config {
        let text = format!("[server]\ndata_dir = {data_dir:?}\n{FILE}");
        Config::parse(Path::new("/etc/c.toml"), &text, &Vocabulary::current()).unwrap()
    }

    fn tenant(name: &str, domain: &str) -> String {
        format!("[[tenant]]\nname = {name:?}\ndomains = [{domain:?}]\n")
    }

    #[test]
    fn what_is_written_is_read_at_the_next_start_and_what_is_removed_is_not() {
        let data = tempfile::tempdir().unwrap();
        let folder = TenantFolder::of(data.path());
        for name in ["zebra", "acme"] {
            let domain = format!("{name}.example");
            folder
                .write(&name.parse().unwrap(), &tenant(name, &domain))
                .unwrap();
        }
        let read = || {
            let mut config = config(data.path());
            folder.read_into(&mut config, &Vocabulary::current());
            assert_eq!(config.broken_tenants, []);
            let names = config.tenants.iter().map(|tenant| tenant.id.to_string());
            (names.collect::<Vec<_>>(), config)
        };
        let (names, config) = read();
        assert_eq!(names, ["demo", "acme", "zebra"]);
        assert_eq!(
            config.resolver.domain("acme.example"),
            Some(TenantIndex::new(1))
        );
        folder.remove(&"acme".parse().unwrap()).unwrap();
        folder.remove(&"acme".parse().unwrap()).unwrap();
        assert_eq!(read().0, ["demo", "zebra"]);
    }

    #[test]
    fn a_broken_file_stops_no_other_tenant_and_says_what_is_wrong() {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join(TENANTS_DIR);
        fs::create_dir_all(&folder).unwrap();
        let long = format!(
            "{}{}",
            tenant("long", "l.example"),
            "#".repeat(TENANT_FILE_BYTES_MAX)
        );
        for (name, text) in [
            ("good", tenant("good", "good.example")),
            ("demo", tenant("demo", "other.example")),
            ("same", tenant("same", "DEMO.example")),
            ("other", tenant("another", "a.example")),
            ("no-toml", "[[tenant".to_owned()),
            ("none", String::new()),
            (
                "more",
                tenant("more", "m.example") + "[server]\nworkers = 1\n",
            ),
            ("long", long),
        ] {
            fs::write(folder.join(format!("{name}.toml")), text).unwrap();
        }
        // What a crash may leave behind, and what somebody else put there.
        fs::write(folder.join(".half.toml.7-0.part"), "[[ten").unwrap();
        fs::write(folder.join("README"), "x").unwrap();
        let mut config = config(data.path());
        TenantFolder::of(data.path()).read_into(&mut config, &Vocabulary::current());
        let names: Vec<_> = config
            .tenants
            .iter()
            .map(|tenant| tenant.id.as_str())
            .collect();
        assert_eq!(names, ["demo", "good"]);
        let broken = |name: &str| {
            let mut broken = config.broken_tenants.iter();
            broken
                .find(|broken| broken.name == name)
                .unwrap()
                .why
                .clone()
        };
        assert_eq!(config.broken_tenants.len(), 7);
        assert!(broken("demo").contains("the configuration file has a tenant"));
        assert!(
            broken("same").contains("tenant \"demo\" has it"),
            "{}",
            broken("same")
        );
        assert!(broken("other").contains("write name = \"other\""));
        assert!(
            broken("no-toml").contains("no-toml.toml:1"),
            "{}",
            broken("no-toml")
        );
        assert!(broken("none").contains("there are 0 of them"));
        assert!(broken("more").contains("server"), "{}", broken("more"));
        assert!(broken("long").contains("more than"), "{}", broken("long"));
    }

    #[test]
    fn what_a_file_names_is_relative_to_the_folder_of_the_configuration_file() {
        let data = tempfile::tempdir().unwrap();
        let own = tempfile::tempdir().unwrap();
        fs::write(own.path().join("h.wasm"), "").unwrap();
        let text = format!("[server]\ndata_dir = {:?}\n{FILE}", data.path());
        let file = own.path().join("c.toml");
        let config = Config::parse(&file, &text, &Vocabulary::current()).unwrap();
        let handler = "[[tenant.handler]]\nname = \"h\"\ncomponent = \"h.wasm\"\n";
        let text = tenant("acme", "acme.example") + handler;
        let shown = data.path().join("tenants/acme.toml");
        let tenant = config
            .parse_tenant(&shown, &text, &Vocabulary::current(), TenantIndex::new(9))
            .unwrap();
        let handler = tenant.handlers.first().unwrap();
        assert_eq!(handler.component, own.path().join("h.wasm"));
        assert_eq!(tenant.index, TenantIndex::new(9));
    }
}
