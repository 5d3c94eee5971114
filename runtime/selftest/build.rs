//! Makes components of the hostile guests that the table of attacks names.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use evroute_componentize::componentize;

const GUESTS: &str = "../../tests/guests";
const WIT: &str = "../../wit";
const WASI: &str = "../modules/wasi/wit";

fn main() -> Result<(), Box<dyn Error>> {
    for input in ["build.rs", GUESTS, WIT, WASI] {
        println!("cargo::rerun-if-changed={input}");
    }
    let table: toml::Table = std::fs::read_to_string(format!("{GUESTS}/attacks.toml"))?.parse()?;
    let attacks = table.get("attack").and_then(toml::Value::as_array);
    let mut worlds = BTreeMap::new();
    for attack in attacks.ok_or("no attacks")? {
        let word = |key: &str| attack.get(key).and_then(toml::Value::as_str);
        if word("bomb").is_some() || word("shown_by").is_some() {
            continue;
        }
        let guest = word("guest").or(word("name")).ok_or("a row without name")?;
        worlds.insert(guest, word("world").unwrap_or("local-request"));
    }
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let mut list =
        "/// Each guest, as a component.\npub(crate) const GUESTS: &[(&str, &[u8])] = &[\n"
            .to_owned();
    for (guest, world) in worlds {
        let path = out.join(format!("{guest}.wasm"));
        std::fs::write(&path, component(guest, world)?)?;
        writeln!(list, "    ({guest:?}, include_bytes!({path:?})),")?;
    }
    list.push_str("];\n");
    std::fs::write(out.join("guests.rs"), list)?;
    Ok(())
}

fn component(guest: &str, world: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let wasi = Path::new(GUESTS).join("wasi");
    let own = Path::new(GUESTS).join(format!("{guest}.wat"));
    let (folder, source) = if own.is_file() {
        (Path::new(GUESTS), own)
    } else {
        (wasi.as_path(), wasi.join(format!("{guest}.wat")))
    };
    let text = std::fs::read(&source).map_err(|error| format!("{}: {error}", source.display()))?;
    if world == "component" {
        return Ok(wat::parse_bytes(&text)?.into_owned());
    }
    let wit = folder.join("world.wit");
    let made = componentize(&text, &[Path::new(WIT), Path::new(WASI), &wit], world);
    Ok(made.map_err(|error| format!("{}: {error}", source.display()))?)
}
