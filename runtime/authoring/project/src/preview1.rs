//! WASI's first version, which C's library and Go ask for, answered by the part of the second that
//! the server offers.

use evroute_componentize::{Adapter, AdapterWorld};

macro_rules! wasi {
    ($name:literal) => {
        (
            concat!($name, ".wit"),
            include_str!(concat!("../../../modules/wasi/wit/deps/", $name, ".wit")),
        )
    };
}

/// What the adapter asks for.
const WORLD: &str = "package evroute:preview1;
world adapter {
  import wasi:clocks/monotonic-clock@0.2.12;
  import wasi:random/random@0.2.12;
  import wasi:cli/stdout@0.2.12;
  import wasi:cli/stderr@0.2.12;
  import wasi:cli/exit@0.2.12;
  import wasi:io/streams@0.2.12;
}
";

/// What answers a module's imports from `wasi_snapshot_preview1`.
pub(crate) const ADAPTER: Adapter<'static> = Adapter {
    name: "wasi_snapshot_preview1",
    module: include_bytes!("../templates/any/preview1.wat"),
    world: Some(AdapterWorld {
        packages: &[
            wasi!("io"),
            wasi!("clocks"),
            wasi!("random"),
            wasi!("cli"),
            ("adapter.wit", WORLD),
        ],
        name: "adapter",
    }),
};

#[cfg(test)]
mod tests {
    use evroute_componentize::componentize_adapted;

    use super::ADAPTER;

    /// A module that asks for a clock only has a component that asks for a clock only.
    #[test]
    fn what_is_not_asked_for_is_left_out() {
        let core = br#"(module
            (import "wasi_snapshot_preview1" "clock_time_get"
                (func $clock (param i32 i64 i32) (result i32)))
            (memory (export "memory") 1)
            (func (export "run") (drop (call $clock (i32.const 0) (i64.const 0) (i32.const 32)))))"#;
        let folder = tempfile::tempdir().unwrap();
        let wit = folder.path().join("a.wit");
        let text = "package toy:a;\nworld a { export run: func(); }\n";
        std::fs::write(&wit, text).unwrap();
        let component = componentize_adapted(core, &[&wit], "a", &[ADAPTER]).unwrap();
        let text = String::from_utf8_lossy(&component);
        assert!(text.contains("wasi:clocks/monotonic-clock@0.2.12"));
        assert!(!text.contains("wasi:cli/stdout"), "{text}");
    }
}
