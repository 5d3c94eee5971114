//! The world of a compiled configuration: what it handles, and what it asks for.

use std::collections::BTreeSet;

/// The released interfaces, each after those that it uses.
pub(crate) const PACKAGES: &[(&str, &str)] = &[
    (
        "sip.wit",
        include_str!("../../../wit/deps/sip@0.1.0/sip.wit"),
    ),
    ("pv.wit", include_str!("../../../wit/deps/pv@0.1.0/pv.wit")),
    (
        "log.wit",
        include_str!("../../../wit/deps/log@0.1.0/log.wit"),
    ),
    (
        "core.wit",
        include_str!("../../../wit/deps/core@0.1.0/core.wit"),
    ),
    ("tm.wit", include_str!("../../../wit/deps/tm@0.1.0/tm.wit")),
    (
        "htable.wit",
        include_str!("../../../wit/deps/htable@0.1.0/htable.wit"),
    ),
    (
        "sql.wit",
        include_str!("../../../wit/deps/sql@0.1.0/sql.wit"),
    ),
    (
        "timer.wit",
        include_str!("../../../wit/deps/timer@0.1.0/timer.wit"),
    ),
    (
        "usrloc.wit",
        include_str!("../../../wit/deps/usrloc@0.1.0/usrloc.wit"),
    ),
    (
        "custom.wit",
        include_str!("../../../wit/deps/custom@0.1.0/custom.wit"),
    ),
];

/// The world in WIT.
pub(crate) fn world(imports: &BTreeSet<&str>, exports: &BTreeSet<&str>) -> String {
    let mut text = "package evroute:routes;\nworld routes {\n".to_owned();
    for import in imports {
        text.push_str(&format!("  import {import};\n"));
    }
    for export in exports {
        text.push_str(&format!("  export {export};\n"));
    }
    text + "}\n"
}
