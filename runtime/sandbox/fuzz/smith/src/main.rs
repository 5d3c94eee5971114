//! Makes the modules of `tests/pooled/smith.rs` anew: `cargo run > ../../tests/pooled/smith.bin`.
//! They lie in the repository, each behind its length in four bytes, so that what is tested does
//! not change with the generator.

mod module;

use std::io::Write;

use self::module::module;

const MODULES: u64 = 400;
/// How many bytes a module's choices are.
const CHOICES: u64 = 2048;

/// Numbers that look random: splitmix64.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let mut state = 254;
    for number in 0..MODULES {
        let choices = (0..CHOICES / 8).flat_map(|_| random(&mut state).to_le_bytes());
        let choices: Vec<u8> = choices.collect();
        let module = module(number, &choices).map_err(std::io::Error::other)?;
        let length = u32::try_from(module.len()).map_err(std::io::Error::other)?;
        out.write_all(&length.to_le_bytes())?;
        out.write_all(&module)?;
    }
    Ok(())
}
