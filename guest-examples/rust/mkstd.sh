#!/bin/sh
# mkstd.sh DEST [TARGET]: builds Rust's own libraries for wasm32-unknown-unknown, or for this target,
# from Debian's sources, as a sysroot in DEST.
#
# Debian ships the compiler (rustc-web) and the library sources (rust-web-src), but no libraries for
# these targets.
# Built once they serve every handler, and handlers then need neither a nightly compiler nor -Zbuild-std.
# Works without network: the sources carry their dependencies.
set -eu

dest=$1
target=${2:-wasm32-unknown-unknown}
rustc=/usr/bin/rustc
sources=$("$rustc" --print sysroot)/lib/rustlib/src/rust/library
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT INT TERM

# An empty crate: cargo builds the standard library for it, which is all we want.
mkdir "$scratch/src"
echo '#![no_std]' > "$scratch/src/lib.rs"
cat > "$scratch/Cargo.toml" <<'MANIFEST'
[package]
name = "nothing"
version = "0.0.0"
edition = "2021"

[workspace]

[profile.release]
panic = "abort"
MANIFEST

# RUSTC_BOOTSTRAP: -Zbuild-std is not for stable compilers; the sources are this very compiler's, so it is safe here.
# embed-bitcode: without it handlers cannot be linked with lto.
# source replacement: the sources' own vendor directory instead of a registry that an offline machine cannot ask.
cd "$scratch"
env -u RUSTFLAGS -u CARGO_BUILD_TARGET -u RUSTC_WRAPPER -u CARGO_RESOLVER_FEATURE_UNIFICATION \
    RUSTC="$rustc" RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$scratch/target" \
    CARGO_ENCODED_RUSTFLAGS=-Cembed-bitcode=yes \
    cargo build --quiet --offline --release --target "$target" -Zbuild-std=std,panic_abort \
    --config 'source.crates-io.replace-with="debian"' \
    --config "source.debian.directory=\"$sources/vendor\""

# Complete or absent: another build may be looking for this directory at the same time.
libraries=$scratch/sysroot/lib/rustlib/$target/lib
mkdir -p "$libraries" "$(dirname "$dest")"
for library in "$scratch/target/$target"/release/deps/lib*.rlib; do
    case $library in
        */libnothing-*) ;;
        *) cp "$library" "$libraries/" ;;
    esac
done
# WASI's are the C library's beneath; Debian has that in wasi-libc.
if [ "$target" = wasm32-wasip1 ]; then
    mkdir "$libraries/self-contained"
    cp /usr/lib/wasm32-wasi/crt1-*.o /usr/lib/wasm32-wasi/libc.a "$libraries/self-contained/"
fi
rm -rf "$dest.partial"
cp -R "$scratch/sysroot" "$dest.partial"
rm -rf "$dest"
mv "$dest.partial" "$dest"
