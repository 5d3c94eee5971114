//! Compiling in a process of its own.
//!
//! A compiler that is given a stranger's component may take any time and memory, and may break. So
//! it runs in a child, `evroute __compile`: it limits itself before it reads the first byte
//! ([`serve`]), reads the component from standard input and writes the code to standard output. The
//! parent ([`CompileChild`]) sets a wall clock, reads no more than it has room for, and says which
//! limit was hit.

mod compile_child;
mod compile_limits;
mod cpu_time;
mod frame;
mod serve;
mod turns;
mod watchdog;

pub use compile_child::CompileChild;
pub use compile_limits::CompileLimits;
pub use cpu_time::cpu_time;
pub use serve::serve;
